import { migrationStatus, type MigrationStatus } from '@metalcast/db/migrate';
import type { Run } from '../../action.js';
import { databaseUrl } from '../../environment.js';
import { table } from '../../output/table.js';
import { onDatabase } from './reach.js';

export const dbStatus: Run = async (call) => {
  const url = databaseUrl(call);
  const status = await onDatabase(url, () => migrationStatus(url));
  const current = isCurrent(status);
  return {
    text: table(['MIGRATION', 'STATE'], migrationRows(status)),
    data: { ...status, version: status.version ?? null, current },
    exitCode: current ? 0 : 1,
  };
};

/** Migrations of a newer release do not count: they only add to the schema. */
const isCurrent = ({ pending, failed, edited }: MigrationStatus): boolean =>
  pending.length + failed.length + edited.length === 0;

export function migrationRows(status: MigrationStatus): string[][] {
  const names = [...new Set([...status.applied, ...status.failed, ...status.pending])].sort();
  return names.map((name) => [name, stateOf(name, status)]);
}

function stateOf(name: string, { failed, edited, unknown, pending }: MigrationStatus): string {
  if (failed.includes(name)) return 'failed';
  if (edited.includes(name)) return 'applied, but its file has changed since';
  if (unknown.includes(name)) return 'applied by another release';
  return pending.includes(name) ? 'pending' : 'applied';
}
