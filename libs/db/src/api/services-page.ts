import type { Database } from '../database/database.js';
import { serviceColumns, type ServiceWithState } from '../processes/services.js';
import { Prisma } from '../sql/prisma.js';
import { readPage, type PageRequest } from './pages.js';

const listed = { table: 'services', columns: serviceColumns, key: 'id', keyType: 'int' } as const;

/**
 * A page of the services that have not expired, by binary and host; of one binary or host only. Fault BAD_REQUEST: an
 * unknown marker (an id).
 */
export async function servicesPage(
  database: Database,
  { binary, host }: { readonly binary?: string | undefined; readonly host?: string | undefined },
  page: Pick<PageRequest, 'marker' | 'take'>,
): Promise<ServiceWithState[]> {
  const where = Prisma.sql`
    expired_at IS NULL
    AND (${binary ?? null}::text IS NULL OR "binary" = ${binary ?? null}) AND (${host ?? null}::text IS NULL OR host = ${host ?? null})`;
  return readPage(database, listed, { where, sortedBy: ['"binary"', 'host'], ...page });
}
