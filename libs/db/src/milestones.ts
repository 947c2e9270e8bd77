import { bootMilestones, type BootMilestone } from '@metalcast/domain';
import { Prisma } from './generated/client.js';
import type { Sql } from './sql.js';

export interface SeenMilestone {
  readonly type: BootMilestone;
  readonly time: Date;
}

const types: readonly string[] = bootMilestones.map(({ type }) => type);

/** The furthest on the way comes first, not the newest: they come out of order when one is fetched twice. */
const furthest = Prisma.sql`ORDER BY array_position(${types}::text[], e.type) DESC, e.n DESC LIMIT 1`;

/** How far the node's boot has come in this epoch; undefined: nothing was seen of it. */
export async function furthestMilestone(
  sql: Sql,
  { uuid, epoch }: { readonly uuid: string; readonly epoch: number },
): Promise<SeenMilestone | undefined> {
  const [seen] = await sql.$queryRaw<SeenMilestone[]>`
    SELECT e.type, e.time FROM events e
     WHERE e.subject = ${uuid} AND e.epoch = ${epoch} AND e.type = ANY (${types}) ${furthest}`;
  return seen;
}

/** Of each operation of the instance that has a node: how far that node's boot has come, by the operation's id. */
export async function milestonesOfOperations(
  sql: Sql,
  instanceUuid: string,
): Promise<Map<string, BootMilestone>> {
  const rows = await sql.$queryRaw<{ id: string; type: BootMilestone }[]>`
    SELECT o.id::text, seen.type
      FROM operations o JOIN nodes n ON n.id = o.node_id
      CROSS JOIN LATERAL (
        SELECT e.type FROM events e
         WHERE e.subject = n.uuid::text AND e.epoch = o.epoch AND e.type = ANY (${types}) ${furthest}
      ) seen
     WHERE o.instance_uuid = ${instanceUuid}::uuid`;
  return new Map(rows.map(({ id, type }) => [id, type]));
}
