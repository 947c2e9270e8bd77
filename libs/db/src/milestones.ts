import { bootMilestones, type BootMilestone } from '@metalcast/domain';
import { Prisma } from './generated/client.js';
import type { Sql } from './sql.js';

export interface SeenMilestone {
  readonly type: BootMilestone;
  readonly time: Date;
}

/** Told by the row of the command that switched it on. */
const powerOn: BootMilestone = 'node.power.on';
const types: readonly string[] = bootMilestones.map(({ type }) => type);

/** The furthest on the way comes first, not the newest: they come out of order when one is fetched twice. */
const furthest = Prisma.sql`ORDER BY array_position(${types}::text[], e.type) DESC, e.n DESC LIMIT 1`;

/** How far the node's boot has come in this epoch; undefined: nothing was seen of it. */
export async function furthestMilestone(
  sql: Sql,
  { uuid, epoch }: { readonly uuid: string; readonly epoch: number },
): Promise<SeenMilestone | undefined> {
  const [seen] = await sql.$queryRaw<SeenMilestone[]>`
    SELECT e.type, e.time FROM (
      SELECT type, time, n FROM events WHERE subject = ${uuid} AND epoch = ${epoch} AND type = ANY (${types})
      UNION ALL
      SELECT ${powerOn}, c.switched_on_at, 0 FROM power_commands c JOIN nodes d ON d.id = c.node_id
       WHERE d.uuid = ${uuid}::uuid AND c.epoch = ${epoch} AND c.switched_on_at IS NOT NULL) e ${furthest}`;
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
        SELECT e.type FROM (
          SELECT type, n FROM events WHERE subject = n.uuid::text AND epoch = o.epoch AND type = ANY (${types})
          UNION ALL
          SELECT ${powerOn}, 0 FROM power_commands c
           WHERE c.node_id = n.id AND c.epoch = o.epoch AND c.switched_on_at IS NOT NULL) e ${furthest}
      ) seen
     WHERE o.instance_uuid = ${instanceUuid}::uuid`;
  return new Map(rows.map(({ id, type }) => [id, type]));
}
