import type { Database } from '../database/database.js';
import type { Node } from '../generated/client.js';
import { Prisma } from '../sql/prisma.js';
import { messagesWritten, writtenStreams } from '../outbox/messages-written.js';
import { Outgoing } from '../outbox/outbox.js';

export type NodeToSwitch = Pick<Node, 'id' | 'uuid' | 'name' | 'epoch' | 'operationId'>;

/** One of these is given. Names differ in more than case. */
export type NodeKey = { readonly uuid: string } | { readonly name: string };

/** What is to be known of a node before its power is switched; undefined: there is no such node. */
export async function findNodeToSwitch(
  database: Database,
  key: NodeKey,
): Promise<NodeToSwitch | undefined> {
  const { uuid = null, name = null } = key as Partial<Record<string, string>>;
  const [node] = await database.statement<NodeToSwitch>(
    'find_node_to_switch',
    Prisma.sql`
      SELECT id, uuid::text AS uuid, name, epoch, operation_id::text AS "operationId" FROM nodes
       WHERE deleted_at IS NULL AND (uuid = ${uuid}::uuid OR lower(name) = lower(${name}::text))`,
  );
  return node;
}

export type PowerRequested = 'sent' | 'busy' | 'changed';

/**
 * Sends what `tell` says to switch the power, unless an operation works on the node by now (`busy`), or it has left its
 * epoch or is gone (`changed`). One statement.
 */
export async function requestPower(
  database: Database,
  node: Pick<NodeToSwitch, 'id' | 'epoch'>,
  tell: (out: Outgoing) => void,
): Promise<PowerRequested> {
  const out = new Outgoing();
  tell(out);
  const [row] = await database.write<{ busy: boolean }>(
    'request_power',
    out,
    () => Prisma.sql`
      WITH node AS MATERIALIZED (
        SELECT operation_id IS NOT NULL AS busy FROM nodes
         WHERE id = ${node.id}::int AND epoch = ${node.epoch}::int AND deleted_at IS NULL FOR SHARE
      ), ${messagesWritten(out, Prisma.sql`EXISTS (SELECT FROM node WHERE NOT busy)`)}
      SELECT busy, ${writtenStreams} FROM node`,
  );
  if (row === undefined) {
    return 'changed';
  }
  return row.busy ? 'busy' : 'sent';
}
