import { migrate, type Migrated } from '@metalcast/db/migrate';
import type { Run } from '../../action.js';
import { databaseUrl } from '../../environment.js';
import { onDatabase, withoutPassword } from './reach.js';

/** `metalcast db sync`. Idempotent, and safe when several processes run it at once. */
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
      return ["the services' privileges are unchanged: a newer release has granted them"];
    case 'no-roles':
      return [
        'the roles of the services are missing, and this user may not create roles: see docs/database-users.md',
      ];
  }
}
