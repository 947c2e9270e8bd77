import type { RequestContext } from '@metalcast/contracts';
import { lockNode, type Operation, type Tx } from '@metalcast/db';
import type { ComputeConfig } from '../config.js';
import type { Turn } from './step.js';

/** Locks what the operation works on, in the one order: operation (its caller has), instance, node. */
export async function openTurn(
  { sql, out }: Tx,
  operation: Operation,
  config: ComputeConfig,
): Promise<Turn> {
  const { instanceUuid, nodeId } = operation;
  if (instanceUuid !== null) {
    await sql.$queryRaw`SELECT 1 FROM instances WHERE uuid = ${instanceUuid}::uuid FOR UPDATE`;
  }
  const instance =
    instanceUuid === null ? null : await sql.instance.findUnique({ where: { uuid: instanceUuid } });
  const [clock] = await sql.$queryRaw<{ now: Date }[]>`SELECT clock_timestamp() AS now`;
  const now = clock?.now ?? new Date(0);
  return {
    sql,
    out,
    config,
    request: contextOf(operation),
    now,
    operation,
    instance: instance ?? undefined,
    node: nodeId === null ? undefined : await lockNode(sql, nodeId),
    startedAt: now,
  };
}

function contextOf({ requestId, projectId, userId }: Operation): RequestContext {
  return {
    requestId,
    ...(projectId === null ? {} : { projectId }),
    ...(userId === null ? {} : { userId }),
  };
}
