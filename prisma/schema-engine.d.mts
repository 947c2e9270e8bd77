export function diffToSchema(url: string): Promise<string>;
export function deployWithPrisma(url: string, migrationsDir: string): Promise<string[]>;
export function diagnoseWithPrisma(
  url: string,
  migrationsDir: string,
): Promise<{
  editedMigrationNames: string[];
  failedMigrationNames: string[];
  hasMigrationsTable: boolean;
  history: object | null;
}>;
