import { randomBytes } from 'node:crypto';
import { serviceNames, type ServiceName } from '@metalcast/domain';
import pg from 'pg';
import { scramVerifier } from './scram.js';
import { groupRole, groupRoles } from './service-roles.js';

/** A role that a service logs in as. */
export interface DatabaseUser {
  readonly user: string;
  readonly service: ServiceName;
}

/**
 * Its name says whose it is: roles belong to the whole server, which may have the databases of several installations.
 */
export const loginRole = (database: string, service: ServiceName): string =>
  `${database}_${service.replaceAll('-', '_')}_login`;

/**
 * Makes the login role of a service, or gives the one that is there a new password; it has the rights of that service
 * alone. `no-roles`: nothing has given the services their rights yet.
 */
export async function setDatabaseUser(
  client: pg.Client,
  service: ServiceName,
): Promise<{ readonly password: string } | 'no-roles'> {
  const user = loginRole(client.database ?? '', service);
  const group = groupRole(service);
  const { rows } = await client.query<{ name: string }>(
    'SELECT rolname AS name FROM pg_roles WHERE rolname = ANY ($1)',
    [[user, group]],
  );
  const there = new Set(rows.map(({ name }) => name));
  if (!there.has(group)) {
    return 'no-roles';
  }
  const password = randomBytes(24).toString('base64url');
  const role = pg.escapeIdentifier(user);
  const verb = there.has(user) ? 'ALTER' : 'CREATE';
  await client.query(
    `${verb} ROLE ${role} LOGIN PASSWORD ${pg.escapeLiteral(scramVerifier(password))};
     GRANT ${pg.escapeIdentifier(group)} TO ${role}`,
  );
  return { password };
}

/** All who log in with the rights of a service, whatever they are called. */
export async function listDatabaseUsers(client: pg.Client): Promise<DatabaseUser[]> {
  const { rows } = await client.query<{ user: string; role: string }>(
    `SELECT u.rolname::text AS "user", g.rolname::text AS role FROM pg_auth_members m
       JOIN pg_roles g ON g.oid = m.roleid JOIN pg_roles u ON u.oid = m.member
      WHERE u.rolcanlogin AND g.rolname = ANY ($1) ORDER BY 2, 1`,
    [groupRoles],
  );
  return rows.flatMap(({ user, role }) =>
    serviceNames
      .filter((service) => groupRole(service) === role)
      .map((service) => ({ user, service })),
  );
}
