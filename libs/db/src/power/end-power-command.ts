import type { FaultRecord, PowerCommandEvent } from '@metalcast/domain';
import type { Database } from '../database/database.js';
import { Prisma } from '../sql/prisma.js';
import { messagesWritten, writtenStreams } from '../outbox/messages-written.js';
import { Outgoing } from '../outbox/outbox.js';
import type { ClaimedPowerCommand } from './power-commands.js';
import { readingWritten, type PowerReading } from './power-readings.js';
import { whereHeld, whereQueued, powerCommandsMoved } from './power-command-states.js';

export interface PowerEnd {
  /** Only a `cancel` is written also when the node has left the command's epoch. */
  readonly event: Exclude<PowerCommandEvent, 'take'>;
  readonly fault: FaultRecord | null;
  /** Undefined: there is no reading that may be stored. */
  readonly reading: PowerReading | undefined;
  readonly switchedOn: boolean;
  /** Messages that announce the end; they commit with it. */
  readonly tell: (out: Outgoing) => void;
}

/**
 * `ended`, with whether other commands wait for the same node or BMC. `stale`: nothing was written, because the node
 * has left the command's epoch. `lost`: nothing was written, because another process has the claim.
 */
export type PowerEnded =
  { readonly outcome: 'ended'; readonly waiting: boolean } | { readonly outcome: 'stale' | 'lost' };

/** Ends the command, stores the last reading, and announces the end: one statement. Locks node, command, streams. */
export async function endPowerCommand(
  database: Database,
  command: Pick<ClaimedPowerCommand, 'id' | 'claim' | 'nodeId' | 'address'>,
  end: PowerEnd,
): Promise<PowerEnded> {
  const out = new Outgoing();
  end.tell(out);
  const [row] = await database.write<EndRow>(`${end.event}_power_command`, out, () =>
    endStatement(command, end, out),
  );
  if (row?.ended === true) {
    return { outcome: 'ended', waiting: row.waiting };
  }
  return { outcome: row?.held === true && !row.current ? 'stale' : 'lost' };
}

interface EndRow {
  readonly ended: boolean;
  readonly held: boolean;
  readonly current: boolean;
  readonly waiting: boolean;
}

/**
 * The epoch is checked on the locked row. Messages are written only if the command's row is ended by this statement.
 */
function endStatement(
  { id, claim, nodeId, address }: Pick<ClaimedPowerCommand, 'id' | 'claim' | 'nodeId' | 'address'>,
  { event, fault, reading, switchedOn }: PowerEnd,
  out: Outgoing,
): Prisma.Sql {
  return Prisma.sql`
    WITH node AS MATERIALIZED (
      SELECT n.id, n.epoch, n.deleted_at IS NULL AS present FROM nodes n WHERE n.id = ${nodeId}::int FOR SHARE
    ), held AS MATERIALIZED (
      SELECT c.id, EXISTS (SELECT FROM node WHERE node.epoch = c.epoch AND node.present) AS current
        FROM power_commands c
       WHERE c.id = ${id}::bigint AND c.claim = ${claim}::int AND ${whereHeld('c')} FOR UPDATE
    ), ended AS (
      ${powerCommandsMoved(event, {
        set: Prisma.sql`lease_until = NULL, finished_at = clock_timestamp(),
             fault = ${fault === null ? null : JSON.stringify(fault)}::jsonb,
             switched_on_at = CASE WHEN ${switchedOn}::boolean THEN clock_timestamp() END`,
        from: Prisma.sql`FROM held`,
        where: Prisma.sql`c.id = held.id AND (held.current OR ${event === 'cancel'}::boolean)`,
      })}
      RETURNING c.id
    ), ${readingWritten(nodeId, reading, Prisma.sql`EXISTS (SELECT FROM ended)`)},
    ${messagesWritten(out, Prisma.sql`EXISTS (SELECT FROM ended) AND EXISTS (SELECT FROM node)`)}
    SELECT EXISTS (SELECT FROM ended) AS ended, EXISTS (SELECT FROM held) AS held,
           EXISTS (SELECT FROM held WHERE current) AS current,
           EXISTS (SELECT FROM power_commands o
                    WHERE ${whereQueued('o')}
                      AND (o.node_id = ${nodeId}::int OR (o.address = ${address}::text AND o.address <> ''))) AS waiting,
           ${writtenStreams}`;
}
