import { Prisma } from '@metalcast/db';
import type { ListServers } from './servers.schema.js';

interface ServerOrder {
  readonly orderBy: Prisma.Sql;
  /** The condition for what comes after a server, by its id. */
  readonly after: (id: number) => Prisma.Sql;
}

/** Newest first, as in Nova, or by a column; of equal ones in the order of their ids. */
export function orderOf({
  sort_key: key = 'created_at',
  sort_dir: dir = 'desc',
}: ListServers): ServerOrder {
  const way = Prisma.raw(dir);
  const beyond = Prisma.raw(dir === 'desc' ? '<' : '>');
  if (key === 'created_at') {
    return { orderBy: Prisma.sql`id ${way}`, after: (id) => Prisma.sql`id ${beyond} ${id}` };
  }
  const column = Prisma.raw(key);
  return {
    orderBy: Prisma.sql`${column} ${way}, id ${way}`,
    after: (id) =>
      Prisma.sql`(${column}, id) ${beyond} (SELECT ${column}, id FROM instances WHERE id = ${id})`,
  };
}
