import { readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { serviceNames } from '@metalcast/domain';
import { ownLedger, startOwnDatabase, type OwnDatabase } from '@metalcast/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { query } from '../db/query.js';
import { metalcast } from './metalcast.js';

let server: OwnDatabase;
let env: Record<string, string>;
let folder: string;
beforeAll(async () => {
  server = await startOwnDatabase();
  env = { DATABASE_URL: server.url };
  folder = join(ownLedger().folder, 'database');
});
afterAll(() => server.close());

const urlIn = (service: string): string => readFileSync(join(folder, service), 'utf8');

test("without the services' roles no login is created", async () => {
  const { code, stderr } = await metalcast(['db', 'users', 'create', folder], env);
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr:
      'metalcast: The roles of the services are missing.\n' +
      '  Run `metalcast db sync` as a user who may create roles (CREATEROLE).\n',
  });
});

test('each service gets a login with its URL in a file, and no password is shown', async () => {
  await metalcast(['db', 'sync'], env);
  const { code, stdout, stderr } = await metalcast(['db', 'users', 'create', folder], env);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  for (const service of serviceNames) {
    const url = new URL(urlIn(service));
    expect(statSync(join(folder, service)).mode & 0o777).toBe(0o600);
    expect(stdout).toContain(`made ${url.username}: ${join(folder, service)}`);
    expect(stdout).not.toContain(url.password);
    expect(await query(url.href, 'SELECT count(*)::int AS n FROM outbox')).toEqual([{ n: 0 }]);
  }
  await expect(query(urlIn('boot'), 'SELECT FROM users')).rejects.toMatchObject({ code: '42501' });
});

test('a login with an existing file keeps its password, and gets a new one without the file', async () => {
  const before = urlIn('power');
  rmSync(join(folder, 'boot'));
  const { stdout } = await metalcast(['db', 'users', 'create', folder, 'boot', 'power'], env);
  expect(stdout).toContain('made metalcast_boot_login');
  expect(stdout).toContain('kept metalcast_power_login');
  expect(urlIn('power')).toBe(before);
  expect(await query(urlIn('boot'), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
});

test('the file has the address of PostgreSQL that the services use', async () => {
  const address = ['--address', 'postgres:5433'];
  await metalcast(['db', 'users', 'create', folder, 'api', ...address], env);
  const url = new URL(urlIn('api'));
  expect([url.host, url.pathname]).toEqual(['postgres:5433', new URL(server.url).pathname]);
});

test("login parameters of the owner's URL are not copied to the services' files", async () => {
  const url = new URL(server.url);
  const { username: user, password, hostname: host, port } = url;
  url.username = '';
  url.password = '';
  url.search = new URLSearchParams({ user, password, host, port, connect_timeout: '5' }).toString();
  const owners = { DATABASE_URL: url.href };
  rmSync(join(folder, 'power'));
  const { code } = await metalcast(['db', 'users', 'create', folder, 'power'], owners);
  expect(code).toBe(0);
  expect(urlIn('power')).not.toContain(password);
  expect(new URL(urlIn('power')).search).toBe('?connect_timeout=5');
  expect(await query(urlIn('power'), 'SELECT current_user AS name')).toEqual([
    { name: 'metalcast_power_login' },
  ]);
});

test("an owner's URL without a host is refused", async () => {
  const socket = { DATABASE_URL: 'postgresql:///metalcast?host=/var/run/postgresql' };
  const { code, stderr } = await metalcast(['db', 'users', 'create', folder], socket);
  expect(code).toBe(2);
  expect(stderr).toContain('--address');
});

test('list shows the login of each service', async () => {
  const { stdout } = await metalcast(['db', 'users', 'list', '--json'], env);
  expect((JSON.parse(stdout) as { users: unknown[] }).users).toEqual(
    expect.arrayContaining([{ service: 'deploy-helper', user: 'metalcast_deploy_helper_login' }]),
  );
});

test('an unknown service is refused', async () => {
  const { code, stderr } = await metalcast(['db', 'users', 'create', folder, 'nova'], env);
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: `metalcast: Unknown service nova.\n  Services: ${serviceNames.join(', ')}.\n`,
  });
});
