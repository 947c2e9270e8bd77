// docs/operating/backup.md: restores a dump on another server, which has none of the roles in the dump.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { postgresBinaries } from '@metalcast/rig';
import { serviceNames } from '@metalcast/domain';
import { ownLedger, startOwnDatabase, type OwnDatabase } from '@metalcast/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { query } from '../db/query.js';
import { metalcast } from './metalcast.js';

let [before, after]: (OwnDatabase | undefined)[] = [];
beforeAll(async () => {
  [before, after] = [await startOwnDatabase(), await startOwnDatabase()];
});
afterAll(async () => {
  await before?.close();
  await after?.close();
});

/** Runs a program of PostgreSQL; the password stays out of its arguments. */
function run(program: string, server: OwnDatabase, args: readonly string[]): void {
  const url = new URL(server.url);
  url.password = '';
  execFileSync(join(postgresBinaries(), program), ['-d', url.href, ...args], {
    env: { PGPASSWORD: server.password },
  });
}

test('a dump is restored on a new server: after creating the roles and db sync, services log in', async () => {
  const [one, other] = [before!, after!];
  const folder = join(ownLedger().folder, 'restore');
  mkdirSync(folder, { recursive: true });
  expect(await metalcast(['db', 'sync'], { DATABASE_URL: one.url })).toMatchObject({ code: 0 });
  await query(
    one.url,
    "INSERT INTO networks (id, name, project_id) VALUES (gen_random_uuid(), 'kept', 'p')",
  );
  run('pg_dump', one, ['-Fc', '-f', join(folder, 'metalcast.dump')]);

  for (const service of serviceNames) {
    await query(other.url, `CREATE ROLE metalcast_${service.replaceAll('-', '_')} NOLOGIN`);
  }
  const dump = join(folder, 'metalcast.dump');
  run('pg_restore', other, ['--no-owner', '--no-privileges', '--exit-on-error', dump]);
  const env = { DATABASE_URL: other.url };
  expect(await metalcast(['db', 'sync'], env)).toMatchObject({ code: 0 });
  const users = join(folder, 'database');
  expect(await metalcast(['db', 'users', 'create', users], env)).toMatchObject({ code: 0 });
  const apiUrl = readFileSync(join(users, 'api'), 'utf8');
  expect(await query(apiUrl, 'SELECT name FROM networks')).toEqual([{ name: 'kept' }]);
});
