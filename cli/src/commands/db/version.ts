import { migrationStatus } from '@metalcast/db/migrate';
import type { Run } from '../../action.js';
import { databaseUrl } from '../../environment.js';
import { onDatabase } from './reach.js';

export const dbVersion: Run = async (call) => {
  const { version } = await onDatabase(databaseUrl(call), migrationStatus);
  return { text: version ?? 'none', data: { version: version ?? null } };
};
