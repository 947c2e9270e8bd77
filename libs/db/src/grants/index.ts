// A face of its own: who only gives rights need not load the Prisma client.
export type { Client as DatabaseClient } from 'pg';
export { withClient as onDatabaseClient } from '../migrate/session.js';
export { listDatabaseUsers, loginRole, setDatabaseUser } from './database-users.js';
export { grants, type TableRights } from './grants.js';
export { columnsOf, updatable, verbs, type Columns, type Rights } from './rights.js';
export { groupRole } from './service-roles.js';
