import { migrate, type Migrated } from '@metalcast/db/migrate';
import type { Run } from '../../action.js';
import { databaseUrl } from '../../environment.js';
import { onDatabase, withoutPassword } from './reach.js';

/** `metalcast db sync`: repeatable, and safe while others do it too. */
export const dbSync: Run = async (call) => {
  const url = databaseUrl(call);
  const retryFailed = call.options['retry'] === true;
  const { applied, grants } = await onDatabase(url, () => migrate(url, { retryFailed }));
  const lines = applied.map((name) => `applied ${name}`);
  return {
    text: [...lines, `${withoutPassword(url)} is up to date`, ...aboutGrants(grants)].join('\n'),
    data: { applied, grants },
  };
};

function aboutGrants(grants: Migrated['grants']): string[] {
  switch (grants) {
    case 'given':
      return [];
    case 'kept':
      return ["the services' rights stay as a newer release has given them"];
    case 'no-roles':
      return [
        'there are no roles for the services, and this user may make none: see docs/database-users.md',
      ];
  }
}
