// For processes that use Prisma's models: its client comes with these names, and with no other.
import { Prisma } from '../generated/client.js';

export { ModelDatabase, type Tx } from './model-database.js';
/** NULL in a column of JSON. */
export const { DbNull } = Prisma;
export type { Sql } from './sql.js';
