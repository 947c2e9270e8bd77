import { eventOf, nodeEvents, type CloudEvent, type FirstSign } from '@metalcast/contracts';
import type { Database } from '@metalcast/db';

/** What shows each sign of life. */
export const signEvents: Readonly<Record<FirstSign, string>> = {
  dhcp: nodeEvents.bootLocalDhcp.type,
  phone_home: nodeEvents.bootLocalPhoneHome.type,
};

/** The sign of life that the event is; undefined when it is none. */
export function signOf({ type }: Pick<CloudEvent, 'type'>): FirstSign | undefined {
  const signs = Object.keys(signEvents) as FirstSign[];
  return signs.find((sign) => signEvents[sign] === type);
}

/**
 * Records the installed system's first sign of life, whichever it was, and announces it, once per server. Events of one node
 * are handled side by side, so the first is told by the rows. A sign from an epoch that has passed belongs to a server that is gone.
 */
export async function recordFirstSign(database: Database, event: CloudEvent): Promise<void> {
  await database.transaction(async ({ sql, out }) => {
    const node = await sql.node.findUnique({ where: { uuid: event.subject } });
    if (node === null || node.instanceUuid === null || node.epoch !== event.epoch) {
      return;
    }
    const sign = await sql.event.findFirst({
      where: { subject: node.uuid, epoch: node.epoch, type: { in: Object.values(signEvents) } },
      orderBy: { n: 'asc' },
    });
    const by = sign === null ? undefined : signOf(sign);
    if (sign === null || by === undefined) {
      return;
    }
    const [first] = await sql.instance.updateManyAndReturn({
      where: { uuid: node.instanceUuid, firstSignAt: null },
      data: { firstSignAt: sign.time },
    });
    if (first !== undefined) {
      const context = { subject: first.uuid, requestId: event.requestid };
      out.emit(eventOf('instanceFirstSign', context, { node: node.uuid, by }));
    }
  });
}
