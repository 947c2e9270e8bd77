import { eventOf, type CloudEvent } from '@metalcast/contracts';
import type { Database } from '@metalcast/db';

/**
 * Records the installed system's first sign of life and announces it, once per server.
 * A sign from an epoch that has passed belongs to a server that is gone.
 */
export async function recordFirstSign(database: Database, event: CloudEvent): Promise<void> {
  await database.transaction(async ({ sql, out }) => {
    const node = await sql.node.findUnique({ where: { uuid: event.subject } });
    if (node === null || node.instanceUuid === null || node.epoch !== event.epoch) {
      return;
    }
    const [first] = await sql.instance.updateManyAndReturn({
      where: { uuid: node.instanceUuid, firstSignAt: null },
      data: { firstSignAt: new Date(event.time) },
    });
    if (first !== undefined) {
      const context = { subject: first.uuid, requestId: event.requestid };
      out.emit(eventOf('instanceFirstSign', context, { node: node.uuid, by: 'dhcp' }));
    }
  });
}
