// A face of its own: who only migrates need not load the Prisma client.
export { migrate, type MigrateOptions, type Migrated } from './migrate.js';
export { migrationStatus, type MigrationStatus } from './migration-status.js';
