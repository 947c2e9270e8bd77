import type { FaultRecord } from '@metalcast/domain';
import type { Database, Sql } from './database.js';
import type { Node } from './generated/client.js';

/** What is to be known of a node to read its BMC, and what its row said then. */
export type NodeToRead = Pick<
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
  | 'powerState'
  | 'powerFault'
>;

const toRead = {
  id: true,
  uuid: true,
  epoch: true,
  version: true,
  powerDriver: true,
  pmAddress: true,
  pmUser: true,
  pmSecret: true,
  pmOptions: true,
  bmcKey: true,
  bmcEndpoints: true,
  powerState: true,
  powerFault: true,
} as const;

export async function findNodeToRead(
  database: Database,
  where: { uuid: string } | { id: number },
): Promise<NodeToRead | undefined> {
  const node = await database.prisma.node.findFirst({
    where: { ...where, deletedAt: null },
    select: toRead,
  });
  return node ?? undefined;
}

/** The nodes of one of `buckets` shares whose power no command is about to change. */
export async function nodesOfBucket(
  database: Database,
  bucket: number,
  buckets: number,
): Promise<NodeToRead[]> {
  return database.prisma.$queryRaw<NodeToRead[]>`
    SELECT n.id, n.uuid::text AS uuid, n.epoch, n.version, n.power_driver AS "powerDriver",
           n.pm_address AS "pmAddress", n.pm_user AS "pmUser", n.pm_secret AS "pmSecret",
           n.pm_options AS "pmOptions", n.bmc_key AS "bmcKey", n.bmc_endpoints AS "bmcEndpoints",
           n.power_state AS "powerState", n.power_fault AS "powerFault"
      FROM nodes n
     WHERE n.deleted_at IS NULL AND n.id % ${buckets} = ${bucket}
       AND NOT EXISTS (SELECT 1 FROM power_commands c
                        WHERE c.node_id = n.id AND (c.state = 'queued' OR c.state = 'running'))`;
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
  await sql.$executeRaw`
    UPDATE nodes SET power_state = ${powerState}, power_state_at = clock_timestamp(),
           power_fault = ${fault === null ? null : JSON.stringify(fault)}::jsonb
     WHERE id = ${nodeId}`;
}

/**
 * Writes what was read beside the commands, unless anything has come in between: a change of the row since it
 * was read, or a command. False: the reading is dropped.
 */
export async function offerPowerReading(
  sql: Sql,
  node: Pick<NodeToRead, 'id' | 'version'>,
  { powerState, fault }: PowerReading,
): Promise<boolean> {
  const written = await sql.$executeRaw`
    UPDATE nodes SET power_state = ${powerState}, power_state_at = clock_timestamp(),
           power_fault = ${fault === null ? null : JSON.stringify(fault)}::jsonb
     WHERE id = ${node.id} AND version = ${node.version} AND deleted_at IS NULL
       AND NOT EXISTS (SELECT 1 FROM power_commands c
                        WHERE c.node_id = ${node.id} AND (c.state = 'queued' OR c.state = 'running'))`;
  return written === 1;
}
