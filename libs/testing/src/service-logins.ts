import { groupRole, loginRole } from '@metalcast/db/grants';
import { serviceNames, type ServiceName } from '@metalcast/domain';
import pg from 'pg';

/** Of all databases of the run's server. */
const ofTests = 'test';

/**
 * Makes a login for each service, with its rights and the password of the server's own user. The services' roles must
 * be there.
 */
export async function makeServiceLogins(client: pg.Client): Promise<void> {
  const password = pg.escapeLiteral(client.password ?? '');
  for (const service of serviceNames) {
    const role = pg.escapeIdentifier(loginRole(ofTests, service));
    const group = pg.escapeIdentifier(groupRole(service));
    await client.query(
      `DROP ROLE IF EXISTS ${role}; CREATE ROLE ${role} LOGIN PASSWORD ${password} IN ROLE ${group}`,
    );
  }
}

/** The URL of the server's own user, as the service's. */
export function loginUrl(ownersUrl: string, service: ServiceName): string {
  const url = new URL(ownersUrl);
  url.username = loginRole(ofTests, service);
  return url.href;
}
