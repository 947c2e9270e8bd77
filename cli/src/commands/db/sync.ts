import { migrate } from '@metalcast/db/migrate';
import type { Run } from '../../action.js';
import { databaseUrl } from '../../environment.js';
import { onDatabase, withoutPassword } from './reach.js';

/** `metalcast db sync`: repeatable, and safe while others do it too. */
export const dbSync: Run = async (call) => {
  const url = databaseUrl(call);
  const retryFailed = call.options['retry'] === true;
  const { applied } = await onDatabase(url, () => migrate(url, { retryFailed }));
  const lines = applied.map((name) => `applied ${name}`);
  return {
    text: [...lines, `${withoutPassword(url)} is up to date`].join('\n'),
    data: { applied },
  };
};
