import type { Node } from './generated/client.js';
import type { Sql } from './sql.js';

/** Locks the node's row until the transaction ends. */
export async function lockNode(sql: Sql, id: number): Promise<Node | undefined> {
  await sql.$queryRaw`SELECT 1 FROM nodes WHERE id = ${id} FOR UPDATE`;
  return (await sql.node.findUnique({ where: { id } })) ?? undefined;
}
