import type { FaultRecord } from '@metalcast/domain';
import type { Database, Sql } from './database.js';
import { Prisma, type Node, type NodePower } from './generated/client.js';

/** What is to be known of a node to read its BMC, and what was read of it last. */
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
  n.bmc_endpoints AS "bmcEndpoints", coalesce(p.power_state, 0) AS "powerState", p.power_fault AS "powerFault",
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

/** The nodes of one of `buckets` shares whose power no command is about to change. */
export async function nodesOfBucket(
  database: Database,
  bucket: number,
  buckets: number,
): Promise<NodeToRead[]> {
  return database.statement<NodeToRead>(
    'nodes_of_bucket',
    Prisma.sql`
      SELECT ${nodeToRead} FROM nodes n LEFT JOIN node_power p ON p.node_id = n.id
       WHERE n.deleted_at IS NULL AND n.id % ${buckets}::int = ${bucket}::int
         AND NOT EXISTS (SELECT 1 FROM power_commands c
                          WHERE c.node_id = n.id AND (c.state = 'queued' OR c.state = 'running'))`,
  );
}

export interface PowerReading {
  /** Nova's power_state number. */
  readonly powerState: number;
  /** Why the BMC could not be read; null when it could. */
  readonly fault: FaultRecord | null;
}

/** Writes what a command saw at its end; the caller has locked the node and ends the command with it. */
export async function setPowerReading(
  sql: Sql,
  nodeId: number,
  { powerState, fault }: PowerReading,
): Promise<void> {
  const stored = fault === null ? null : JSON.stringify(fault);
  await sql.$executeRaw`
    INSERT INTO node_power AS p (node_id, power_state, power_state_at, power_fault)
    VALUES (${nodeId}::int, ${powerState}::int, clock_timestamp(), ${stored}::jsonb)
    ON CONFLICT (node_id) DO UPDATE
      SET power_state = excluded.power_state, power_state_at = excluded.power_state_at,
          power_fault = excluded.power_fault, version = p.version + 1`;
}

/**
 * Writes what was read beside the commands, unless anything has come in between: a change of the node's row, another
 * reading, or a command. False: the reading is dropped.
 */
export async function offerPowerReading(
  sql: Sql,
  node: Pick<NodeToRead, 'id' | 'version' | 'powerVersion'>,
  { powerState, fault }: PowerReading,
): Promise<boolean> {
  const stored = fault === null ? null : JSON.stringify(fault);
  const written = await sql.$executeRaw`
    INSERT INTO node_power AS p (node_id, power_state, power_state_at, power_fault)
    SELECT n.id, ${powerState}::int, clock_timestamp(), ${stored}::jsonb FROM nodes n
     WHERE n.id = ${node.id} AND n.version = ${node.version} AND n.deleted_at IS NULL
       AND NOT EXISTS (SELECT 1 FROM power_commands c
                        WHERE c.node_id = n.id AND (c.state = 'queued' OR c.state = 'running'))
       FOR SHARE OF n
    ON CONFLICT (node_id) DO UPDATE
      SET power_state = excluded.power_state, power_state_at = excluded.power_state_at,
          power_fault = excluded.power_fault, version = p.version + 1
      WHERE p.version = ${node.powerVersion}`;
  return written === 1;
}
