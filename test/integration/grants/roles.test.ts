// Who may make the services' roles, and who logs in as them.
import { listDatabaseUsers, onDatabaseClient, setDatabaseUser } from '@metalcast/db/grants';
import { migrate } from '@metalcast/db/migrate';
import { startOwnDatabase, type OwnDatabase } from '@metalcast/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { query } from '../db/query.js';
import { statementsOf } from '../statements.js';

let server: OwnDatabase;
let plainUrl: string;
beforeAll(async () => {
  server = await startOwnDatabase();
  await query(server.url, `CREATE ROLE plain LOGIN PASSWORD '${server.password}'`);
  // Who makes a database for another is a member of that role.
  await query(server.url, `GRANT plain TO ${server.user}`);
  await query(server.url, 'CREATE DATABASE plain OWNER plain');
  const url = new URL(server.url);
  url.username = 'plain';
  url.pathname = '/plain';
  plainUrl = url.href;
});
afterAll(() => server.close());

const newUser = (url: string) =>
  onDatabaseClient(url, (client) => setDatabaseUser(client, 'power'));

test('a user who may make no roles migrates all the same; once they are there, it gives them their rights', async () => {
  expect(await migrate(plainUrl)).toMatchObject({ grants: 'no-roles' });
  expect(await newUser(plainUrl)).toBe('no-roles');

  expect(await migrate(server.url)).toMatchObject({ grants: 'given' });
  expect(await migrate(plainUrl)).toEqual({ applied: [], grants: 'given' });
  const [{ may } = {}] = await query(
    plainUrl,
    "SELECT has_table_privilege('metalcast_power', 'power_commands', 'INSERT') AS may",
  );
  expect(may).toBe(true);
});

test('who may read all tables sees what waits in the outbox', async () => {
  await migrate(server.url);
  await query(
    server.url,
    `CREATE ROLE watcher LOGIN PASSWORD '${server.password}' IN ROLE pg_read_all_data`,
  );
  await query(
    server.url,
    "INSERT INTO outbox (aggregate, kind, routing_key, body) VALUES ('power:x', 'cast', 'power', '{}')",
  );
  const url = new URL(server.url);
  url.username = 'watcher';
  expect(await query(url.href, 'SELECT count(*)::int AS n FROM outbox')).toEqual([{ n: 1 }]);
});

test('a login has the rights of its service, a new password at each time, and the server never sees one', async () => {
  await migrate(server.url);
  const given: unknown[] = [];
  const statements = await statementsOf(async () => {
    given.push(await newUser(server.url), await newUser(server.url));
  });
  const [former, present] = given.map((outcome) => (outcome as { password: string }).password);
  expect(former).not.toBe(present);
  expect(statements.some((text) => text.startsWith('CREATE ROLE "metalcast_power_login"'))).toBe(
    true,
  );
  for (const password of [former, present]) {
    expect(statements.join('\n')).not.toContain(password);
  }
  const url = new URL(server.url);
  url.username = 'metalcast_power_login';
  url.password = present ?? '';
  expect(await query(url.href, 'SELECT count(*)::int AS n FROM power_commands')).toEqual([
    { n: 0 },
  ]);
  await expect(query(url.href, 'SELECT FROM users')).rejects.toMatchObject({ code: '42501' });
  url.password = former ?? '';
  await expect(query(url.href, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });

  const users = await onDatabaseClient(server.url, listDatabaseUsers);
  expect(users).toEqual([{ user: 'metalcast_power_login', service: 'power' }]);
});
