import { powerStates, type FaultRecord } from '@metalcast/domain';
import type { Database } from '../database/database.js';
import type { Node, NodePower } from '../generated/client.js';
import { Prisma } from '../sql/prisma.js';
import { messagesWritten, writtenStreams } from '../outbox/messages-written.js';
import { Outgoing } from '../outbox/outbox.js';
import { isOpen } from './power-command-states.js';

/** The columns of a node that reading its BMC needs, and the last reading. */
export interface NodeToRead extends Pick<
  Node,
  | 'id'
  | 'uuid'
  | 'epoch'
  | 'version'
  | 'powerDriver'
  | 'pmAddress'
  | 'pmUser'
  | 'pmSecret'
  | 'pmOptions'
  | 'bmcKey'
  | 'bmcEndpoints'
  | 'bmcReached'
> {
  /** Nova's power_state number; 0 when it was never read. */
  readonly powerState: NodePower['powerState'];
  readonly powerFault: NodePower['powerFault'];
  /** Grows with each reading that is written; 0 before the first. */
  readonly powerVersion: number;
}

/** The columns of a `NodeToRead`, of nodes `n` and node_power `p`. */
export const nodeToRead = Prisma.sql`
  n.id, n.uuid::text AS uuid, n.epoch, n.version, n.power_driver AS "powerDriver", n.pm_address AS "pmAddress",
  n.pm_user AS "pmUser", n.pm_secret AS "pmSecret", n.pm_options AS "pmOptions", n.bmc_key AS "bmcKey",
  n.bmc_endpoints AS "bmcEndpoints", n.bmc_reached AS "bmcReached", coalesce(p.power_state, 0) AS "powerState", p.power_fault AS "powerFault",
  coalesce(p.version, 0) AS "powerVersion"`;

export async function findNodeToRead(
  database: Database,
  where: { readonly uuid: string } | { readonly id: number },
): Promise<NodeToRead | undefined> {
  const which =
    'id' in where ? Prisma.sql`n.id = ${where.id}` : Prisma.sql`n.uuid = ${where.uuid}::uuid`;
  const [node] = await database.statement<NodeToRead>(
    'id' in where ? 'find_node_to_read_by_id' : 'find_node_to_read',
    Prisma.sql`
      SELECT ${nodeToRead} FROM nodes n LEFT JOIN node_power p ON p.node_id = n.id
       WHERE n.deleted_at IS NULL AND ${which}`,
  );
  return node;
}

/** The nodes of some of `buckets` shares whose power no command is about to change. */
export async function nodesOfBuckets(
  database: Database,
  some: readonly number[],
  buckets: number,
): Promise<NodeToRead[]> {
  return database.statement<NodeToRead>(
    'nodes_of_buckets',
    Prisma.sql`
      SELECT ${nodeToRead} FROM nodes n LEFT JOIN node_power p ON p.node_id = n.id
       WHERE n.deleted_at IS NULL AND n.id % ${buckets}::int = ANY (${some}::int[])
         AND NOT EXISTS (SELECT 1 FROM power_commands c
                          WHERE c.node_id = n.id AND ${isOpen('c')})`,
  );
}

/** Of the nodes with these uuids, in some of `buckets` shares, those whose BMC was not reached yet. */
export async function unreachedNodes(
  database: Database,
  uuids: readonly string[],
  { some, buckets }: { readonly some: readonly number[]; readonly buckets: number },
): Promise<NodeToRead[]> {
  return database.statement<NodeToRead>(
    'unreached_nodes',
    Prisma.sql`
      SELECT ${nodeToRead} FROM nodes n LEFT JOIN node_power p ON p.node_id = n.id
       WHERE n.uuid = ANY (${[...uuids]}::uuid[]) AND NOT n.bmc_reached AND n.deleted_at IS NULL
         AND n.id % ${buckets}::int = ANY (${[...some]}::int[])`,
  );
}

export interface PowerReading {
  /** Nova's power_state number. */
  readonly powerState: number;
  /** Why the BMC could not be read; null when it could. */
  readonly fault: FaultRecord | null;
}

/**
 * Stores readings, whole: there is no other writer of `node_power`. `readings`: rows of node, power state, fault and
 * `version`, the one that follows the row that was read. `unchanged`: only where that row is still the same.
 */
const nodePowerWritten = (readings: Prisma.Sql, { unchanged }: { readonly unchanged: boolean }) =>
  Prisma.sql`
    INSERT INTO node_power AS p (node_id, power_state, power_fault, version, power_state_at)
    SELECT read.*, clock_timestamp() FROM (${readings}) AS read
    ON CONFLICT (node_id) DO UPDATE
      SET power_state = excluded.power_state, power_state_at = excluded.power_state_at,
          power_fault = excluded.power_fault, version = p.version + 1
    ${unchanged ? Prisma.sql`WHERE p.version = excluded.version - 1` : Prisma.empty}`;

/**
 * A common table expression that writes what a command saw at its end, if there is something and `condition` holds; the
 * node must be there.
 */
export const readingWritten = (
  nodeId: number,
  reading: PowerReading | undefined,
  condition: Prisma.Sql,
): Prisma.Sql => Prisma.sql`
  reading AS (
    ${nodePowerWritten(
      Prisma.sql`
      SELECT ${nodeId}::int, seen.power_state, ${stored(reading?.fault ?? null)}::jsonb, 1
        FROM (SELECT ${reading?.powerState ?? null}::int AS power_state) AS seen
       WHERE seen.power_state IS NOT NULL AND ${condition}`,
      { unchanged: false },
    )}
  )`;

const stored = (fault: FaultRecord | null): string | null =>
  fault === null ? null : JSON.stringify(fault);

/** What was read beside the commands, of a node as its rows were before. */
export interface OfferedReading extends PowerReading {
  readonly node: Pick<NodeToRead, 'id' | 'uuid' | 'version' | 'powerVersion'>;
  /** The message that announces it, which commits with it. */
  readonly tell?: (out: Outgoing) => void;
}

/**
 * Writes all readings by one statement, but those for whose node anything has come in between: a change of its row,
 * which may be under way, another reading, or a command. A good reading also marks a BMC as reached that was not.
 * Returns the ids of the nodes whose readings were written.
 */
export async function offerPowerReadings(
  database: Database,
  offers: readonly OfferedReading[],
): Promise<ReadonlySet<number>> {
  const out = new Outgoing();
  for (const { tell } of offers) {
    tell?.(out);
  }
  const rows = await database.write<{ nodeId: number }>('offer_power_readings', out, () =>
    offerStatement(offers, out),
  );
  return new Set(rows.map(({ nodeId }) => nodeId));
}

function offerStatement(offers: readonly OfferedReading[], out: Outgoing): Prisma.Sql {
  const readings = offers.map(({ node, powerState, fault }) => ({
    node_id: node.id,
    node_version: node.version,
    power_version: node.powerVersion,
    power_state: powerState,
    fault,
  }));
  return Prisma.sql`
    WITH offered AS MATERIALIZED (
      SELECT n.id, n.uuid::text AS uuid, r.power_version, r.power_state, r.fault
        FROM jsonb_to_recordset(${JSON.stringify(readings)}::jsonb)
             AS r (node_id int, node_version int, power_version int, power_state int, fault jsonb)
        JOIN nodes n ON n.id = r.node_id
       WHERE n.version = r.node_version AND n.deleted_at IS NULL
         AND NOT EXISTS (SELECT 1 FROM power_commands c
                          WHERE c.node_id = n.id AND ${isOpen('c')})
       ORDER BY n.id FOR NO KEY UPDATE OF n SKIP LOCKED
    ), reached AS (
      UPDATE nodes SET bmc_reached = true FROM offered
       WHERE nodes.id = offered.id AND NOT nodes.bmc_reached AND offered.power_state <> ${powerStates.nostate}::int
    ), written AS (
      ${nodePowerWritten(
        Prisma.sql`SELECT id, power_state, fault, power_version + 1 FROM offered`,
        { unchanged: true },
      )}
      RETURNING p.node_id
    ), ${messagesWritten(out, Prisma.sql`about IN (SELECT o.uuid FROM offered o JOIN written w ON w.node_id = o.id)`)}
    SELECT node_id AS "nodeId", ${writtenStreams} FROM written`;
}
