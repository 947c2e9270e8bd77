import { listDatabaseUsers, onDatabaseClient } from '@metalcast/db/grants';
import type { Run } from '../../action.js';
import { databaseUrl } from '../../environment.js';
import { table } from '../../output/table.js';
import { onDatabase } from './reach.js';

export const dbUsersList: Run = async (call) => {
  const users = await onDatabase(databaseUrl(call), (url) =>
    onDatabaseClient(url, listDatabaseUsers),
  );
  return {
    text: table(
      ['SERVICE', 'USER'],
      users.map(({ service, user }) => [service, user]),
    ),
    data: { users },
  };
};
