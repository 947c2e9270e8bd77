import { eventOf, type RequestContext } from '@metalcast/contracts';
import type { Instance } from '@metalcast/db';
import { clockPlus, moveInstance } from '@metalcast/db/api';
import type { Tx } from '@metalcast/db/models';
import { taskState } from '@metalcast/domain';
import { notifyInstance, type NotificationConfig } from '@metalcast/service';

export type NotifyingConfig = NotificationConfig & { readonly host: string };

/** Deletes a server that has neither node nor operation at once (spec 2.4). Its row is locked. Idempotent. */
export async function deleteUnplaced(
  { sql, out }: Tx,
  { uuid, node }: Pick<Instance, 'uuid' | 'node'>,
  request: RequestContext,
  config: NotifyingConfig,
): Promise<void> {
  const now = await clockPlus(sql, 0);
  const speaker = { sql, out, config, request, now };
  const binary = 'nova-api';
  const present = await sql.instance.findFirst({ where: { uuid, deletedAt: null } });
  if (present === null) {
    return;
  }
  const leaving = { ...present, taskState: taskState.deleting };
  await notifyInstance(speaker, leaving, 'delete.start', { binary });
  const gone = await moveInstance(sql, present, 'gone', {
    taskState: null,
    userData: null,
    injectedFiles: null,
    adminPass: null,
    terminatedAt: now,
    deletedAt: now,
  });
  out.emit(eventOf('instanceDeleted', { subject: uuid, requestId: request.requestId }, { node }));
  await notifyInstance(speaker, gone, 'delete.end', { binary });
}
