import { migrationStatus } from '@metalcast/db/migrate';
import { startDatabase, type TestDatabase } from '@metalcast/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { query } from '../db/query.js';
import { metalcast } from './metalcast.js';

let database: TestDatabase;
let env: Record<string, string>;
let password: string;
beforeEach(async () => {
  database = await startDatabase({ migrated: false });
  env = { DATABASE_URL: database.url };
  password = new URL(database.url).password;
});
afterEach(() => database.close());

test('sync updates an empty database, and is idempotent', async () => {
  expect(await metalcast(['db', 'version'], env)).toMatchObject({ code: 0, stdout: 'none\n' });
  const before = await metalcast(['db', 'status'], env);
  expect(before).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/_init +pending/) as string,
  });

  const first = await metalcast(['db', 'sync'], env);
  expect(first).toMatchObject({ code: 0, stderr: '' });
  const { applied } = await migrationStatus(database.url);
  expect(first.stdout.split('\n').slice(0, applied.length)).toEqual(
    applied.map((name) => `applied ${name}`),
  );
  expect(first.stdout).not.toContain(password);

  const again = await metalcast(['db', 'sync', '--json', '--database-url', database.url]);
  expect(again).toMatchObject({ code: 0, stdout: expect.any(String) as string });
  expect(JSON.parse(again.stdout)).toEqual({ applied: [], grants: 'given' });
  expect(await metalcast(['db', 'version'], env)).toMatchObject({
    code: 0,
    stdout: `${applied.at(-1) ?? ''}\n`,
  });
  const status = await metalcast(['db', 'status', '--json'], env);
  expect(status.code).toBe(0);
  expect(JSON.parse(status.stdout)).toMatchObject({ current: true, applied, pending: [] });
});

test('a failure is printed as a sentence with its remedy and an exit code, without stack or password', async () => {
  await query(database.url, 'CREATE TABLE theirs (id int)');
  const refused = await metalcast(['db', 'sync'], env);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toBe(
    `metalcast: The database ${database.name} is not empty and has no record of migrations.\n` +
      '  Use an empty database, or one that `metalcast db sync` made.\n',
  );

  const wrong = new URL(database.url);
  wrong.password = 'canary';
  for (const [url, reason] of [
    [wrong.href, 'it refused the password'],
    [`${database.url}_gone`, 'it has no such database'],
    ['postgresql://me:canary@127.0.0.1:1/d', 'no server listens at this address'],
  ] as const) {
    const { code, stdout, stderr } = await metalcast(['db', 'sync'], { DATABASE_URL: url });
    expect({ code, stdout, lines: stderr.split('\n').length }).toEqual({
      code: 1,
      stdout: '',
      lines: 2,
    });
    expect(stderr).toContain(reason);
    expect(stderr).not.toContain('canary');
    expect(stderr).not.toContain(password);
  }
});

test('a failure is JSON with --json', async () => {
  const { code, stdout, stderr } = await metalcast(['db', 'version', '--json']);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(JSON.parse(stderr)).toEqual({
    error: {
      code: 'USAGE',
      message: 'No database URL was given.',
      remedy: 'Set DATABASE_URL or give --database-url.',
    },
  });
});

test.each([
  [['nonsense'], 2],
  [['db', 'sync', '--nonsense'], 2],
  [['node', 'show'], 2],
  [['--help'], 0],
  [['node', 'create', '--help'], 0],
])('%j ends with %i', async (args, code) => {
  const ended = await metalcast(args);
  expect(ended.code).toBe(code);
  expect(ended.stderr).not.toMatch(/\n\s+at /);
});
