import { randomUUID } from 'node:crypto';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { migrate, migrationStatus } from '@metalcast/db/migrate';
import { startDatabase, type TestDatabase } from '@metalcast/testing';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import {
  deployWithPrisma,
  diagnoseWithPrisma,
  diffToSchema,
} from '../../../prisma/schema-engine.mjs';
import { missingChecks } from '../../../prisma/state-checks.mjs';
import { query } from './query.js';

const ours = fileURLToPath(new URL('../../../prisma/migrations', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'migrations-'));
let database: TestDatabase;

beforeEach(async () => {
  database = await startDatabase({ migrated: false });
});
afterEach(() => database.close());
afterAll(() => {
  rmSync(scratch, { recursive: true });
});

/** A folder of migrations: name → SQL. */
function folderOf(migrations: Record<string, string>): string {
  const folder = mkdtempSync(join(scratch, 'folder-'));
  cpSync(join(ours, 'migration_lock.toml'), join(folder, 'migration_lock.toml'));
  for (const [name, sql] of Object.entries(migrations)) {
    mkdirSync(join(folder, name), { recursive: true });
    writeFileSync(join(folder, name, 'migration.sql'), sql);
  }
  return folder;
}

const tables = (): Promise<string[]> =>
  query(
    database.url,
    "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1",
  ).then((rows) => rows.map(({ tablename }) => String(tablename)));

test('an empty database gets every migration, once, however many ask at once', async () => {
  const results = await Promise.all([1, 2, 3, 4].map(() => migrate(database.url)));
  const applied = results.flatMap((result) => result.applied);
  expect(applied).toEqual([...new Set(applied)]);
  expect(applied.length).toBeGreaterThan(0);
  const status = await migrationStatus(database.url);
  expect(status).toEqual({
    version: applied.at(-1),
    applied,
    pending: [],
    failed: [],
    edited: [],
    unknown: [],
  });
  expect(await migrate(database.url)).toMatchObject({ applied: [] });
});

test('the migrations make what schema.prisma says', async () => {
  await migrate(database.url);
  expect(await diffToSchema(database.url)).toBe('');
  await query(database.url, 'ALTER TABLE nodes ADD COLUMN stray int');
  expect(await diffToSchema(database.url)).toContain('DROP COLUMN "stray"');
});

test('the checks of the states are those of the tables of the lifecycles', async () => {
  await migrate(database.url);
  expect(await missingChecks(database.url)).toBe('');
  await query(database.url, 'ALTER TABLE operations DROP CONSTRAINT operations_state_known');
  expect(await missingChecks(database.url)).toMatch(/^ALTER TABLE "operations"\s+ADD CONSTRAINT/);
});

test('a deployment that is under way keeps the time at which a helper last got on with it', async () => {
  const name = '20261127104500_deployment_progress';
  const earlier = readdirSync(ours).filter((one) => /^\d/.test(one) && one < name);
  const script = (one: string) => readFileSync(join(ours, one, 'migration.sql'), 'utf8');
  const scripts = Object.fromEntries(earlier.map((one) => [one, script(one)]));
  await migrate(database.url, { migrationsDir: folderOf(scripts) });
  const uuid = randomUUID();
  await query(
    database.url,
    'INSERT INTO nodes (id, uuid, cpus, memory_mb, local_gb) VALUES (1, $1, 1, 1, 1)',
    [uuid],
  );
  await query(
    database.url,
    `INSERT INTO deployments (node_id, epoch, boot_try, nonce_hash, state, deadline_at)
     VALUES (1, 1, 1, 'n', 'left', NULL), (1, 2, 1, 'n', 'writing', now()), (1, 3, 1, 'n', 'queued', now())`,
  );
  await query(
    database.url,
    `INSERT INTO events (id, type, subject, n, epoch, data, "time")
     SELECT gen_random_uuid(), type, $1, row_number() OVER (), epoch, data::jsonb, "time"::timestamptz
       FROM (VALUES ('deploy.started', 2, '{}', '2026-01-01'), ('deploy.progress', 2, '{"phase": "writing"}', '2026-01-02'),
                    ('deploy.verified', 2, '{}', '2026-01-03'), ('deploy.progress', 3, '{"phase": "queued"}', '2026-01-04'))
         AS told (type, epoch, data, "time")`,
    [uuid],
  );
  const both = folderOf({ ...scripts, [name]: script(name) });
  await migrate(database.url, { migrationsDir: both });
  const rows = await query(
    database.url,
    "SELECT to_char(progress_at, 'DD') AS day FROM deployments ORDER BY epoch",
  );
  expect(rows.map(({ day }) => day)).toEqual([null, '02', null]);
});

test('rows that break the rule of a new migration are set aside by it, not its end', async () => {
  const [init = '', ...rest] = readdirSync(ours)
    .filter((name) => /^\d/.test(name))
    .sort();
  const script = (name: string) => readFileSync(join(ours, name, 'migration.sql'), 'utf8');
  const first = folderOf({ [init]: script(init) });
  await migrate(database.url, { migrationsDir: first });
  const rows: [string, string, string | null, string, boolean?][] = [
    ['Plain', 'ipmi', '10.0.0.1', '{}'],
    ['plain', 'ipmi', '::ffff:10.0.0.1', '{"port": 623}', true],
    ['six', 'ipmi', 'FD00:0::6', '{}'],
    ['six-again', 'fake', 'http://[fd00::6]:623/', '{}'],
    ['name', 'ipmi', 'BMC-7.mgmt', '{}'],
    ['name-again', 'ipmi', 'bmc-7.mgmt', '{}'],
    ['octal', 'ipmi', '010.0.0.1', '{}'],
    ['none', 'ipmi', null, '{}'],
    ['fake', 'fake', 'HTTP://Sim:80/bmc/1/', '{}'],
    ['odd', 'ipmi', 'x:y:z', '{}'],
  ];
  for (const [name, driver, address, options, used] of rows) {
    await query(
      database.url,
      `INSERT INTO nodes (uuid, name, cpus, memory_mb, local_gb, power_driver, pm_address, pm_options, instance_uuid)
       VALUES (gen_random_uuid(), $1, 1, 1, 1, $2, $3, $4, $5)`,
      [name, driver, address, options, used === true ? randomUUID() : null],
    );
  }
  expect((await migrate(database.url)).applied).toEqual(rest);
  const sql = `SELECT name, bmc_key, bmc_endpoints, maintenance, maintenance_reason FROM nodes ORDER BY id`;
  const found = await query(database.url, sql);
  const kept = (bmc_key: string, isAddress = true) => ({
    ...{ bmc_key, bmc_endpoints: isAddress ? [bmc_key] : [] },
    ...{ maintenance: false, maintenance_reason: null },
  });
  const aside = (key: string, holder: string) => ({
    ...{ bmc_key: null, bmc_endpoints: [], maintenance: true },
    maintenance_reason: `Its BMC ${key} is that of node ${holder} too.`,
  });
  const unnamed = { bmc_key: null, bmc_endpoints: [], maintenance: false };
  expect(found).toMatchObject([
    { name: 'Plain', ...aside('10.0.0.1:623', 'plain') },
    { name: expect.stringMatching(/^plain-[\da-f-]{36}$/) as string, ...kept('10.0.0.1:623') },
    { name: 'six', ...kept('[fd00::6]:623') },
    { name: 'six-again', ...aside('[fd00::6]:623', 'six') },
    { name: 'name', ...kept('bmc-7.mgmt:623', false) },
    { name: 'name-again', ...aside('bmc-7.mgmt:623', 'name') },
    { name: 'octal', ...unnamed },
    { name: 'none', ...unnamed },
    { name: 'fake', ...kept('sim:80/bmc/1', false) },
    { name: 'odd', ...unnamed },
  ]);
});

const streamOwners = '20261127103000_stream_owners';

/** A folder of our migrations as far as they are wanted. */
const ourFirst = (isWanted: (name: string) => boolean): string =>
  folderOf(
    Object.fromEntries(
      readdirSync(ours)
        .filter((name) => /^\d/.test(name) && isWanted(name))
        .sort()
        .map((name) => [name, readFileSync(join(ours, name, 'migration.sql'), 'utf8')]),
    ),
  );

test('what waits to be published when streams get owners keeps its order, and events their positions', async () => {
  await migrate(database.url, { migrationsDir: ourFirst((name) => name < streamOwners) });
  const [a, b] = [randomUUID(), randomUUID()];
  await query(
    database.url,
    `WITH event AS (
       INSERT INTO events (id, type, subject, n, data, pos)
       SELECT gen_random_uuid(), 'test', subject, n, '{}', pos
         FROM (VALUES ($1, 1, 1), ($2, 1, 2), ($2, 2, NULL), ($1, 2, NULL), ($1, 3, NULL)) AS e (subject, n, pos)
       RETURNING id, subject, n, pos
     ), waiting AS (
       INSERT INTO outbox (aggregate, kind, routing_key, body, event_id)
       SELECT subject, 'event', 'test', '', id FROM event WHERE pos IS NULL ORDER BY subject = $2 DESC, n
     ) INSERT INTO streams (aggregate, n) VALUES ($1, 3), ($2, 2), ('*', 2)`,
    [a, b],
  );
  await migrate(database.url, { migrationsDir: ourFirst((name) => name <= streamOwners) });
  const waiting = 'SELECT aggregate, ordinal::int FROM outbox ORDER BY seq';
  expect(await query(database.url, waiting)).toEqual([
    { aggregate: b, ordinal: 1 },
    { aggregate: a, ordinal: 1 },
    { aggregate: a, ordinal: 2 },
  ]);
  const streams =
    'SELECT aggregate, n::int, written::int, sent::int, owner FROM streams ORDER BY aggregate = $1, n';
  expect(await query(database.url, streams, [a])).toEqual([
    { aggregate: b, n: 2, written: 1, sent: 0, owner: 'nobody' },
    { aggregate: '*', n: 5, written: 0, sent: 0, owner: null },
    { aggregate: a, n: 3, written: 2, sent: 0, owner: 'nobody' },
  ]);
  const events = 'SELECT subject, n::int, pos::int FROM events ORDER BY pos';
  expect(await query(database.url, events)).toEqual([
    { subject: a, n: 1, pos: 1 },
    { subject: b, n: 1, pos: 2 },
    { subject: b, n: 2, pos: 3 },
    { subject: a, n: 2, pos: 4 },
    { subject: a, n: 3, pos: 5 },
  ]);
});

test('events that wait go to streams of services that may publish them, each in its order', async () => {
  const before = ourFirst((name) => name < '20261128031800_events_per_service');
  await migrate(database.url, { migrationsDir: before });
  const [a, b] = [randomUUID(), randomUUID()];
  await query(
    database.url,
    `WITH waiting (aggregate, ordinal, kind, routing_key) AS (VALUES
       ($1, 8, 'event', 'boot.dhcp'), ($1, 9, 'event', 'node.state'), ($1, 10, 'event', 'instance.first_sign'),
       ($2, 1, 'event', 'node.power.changed'), ('power:' || $2, 4, 'cast', 'power')
     ), written AS (
       INSERT INTO outbox (aggregate, ordinal, kind, routing_key, body)
       SELECT aggregate, ordinal, kind, routing_key, '' FROM waiting
     ) INSERT INTO streams (aggregate, n, written, sent, owner)
       VALUES ($1, 10, 10, 7, 'a process'), ($2, 1, 1, 0, 'nobody'), ('power:' || $2, 0, 4, 3, 'nobody')`,
    [a, b],
  );
  await migrate(database.url);
  expect(
    await query(
      database.url,
      'SELECT aggregate, ordinal::int, routing_key FROM outbox ORDER BY seq',
    ),
  ).toEqual([
    { aggregate: `boot.events:${a}`, ordinal: 1, routing_key: 'boot.dhcp' },
    { aggregate: `compute.events:${a}`, ordinal: 1, routing_key: 'node.state' },
    { aggregate: `boot.events:${a}`, ordinal: 2, routing_key: 'instance.first_sign' },
    { aggregate: `power.events:${b}`, ordinal: 1, routing_key: 'node.power.changed' },
    { aggregate: `power:${b}`, ordinal: 4, routing_key: 'power' },
  ]);
  const streams = await query(
    database.url,
    "SELECT aggregate, n::int, written::int, sent::int, owner FROM streams WHERE aggregate <> '*'",
  );
  expect(new Set(streams)).toEqual(
    new Set([
      { aggregate: a, n: 10, written: 10, sent: 10, owner: null },
      { aggregate: b, n: 1, written: 1, sent: 1, owner: null },
      { aggregate: `boot.events:${a}`, n: 0, written: 2, sent: 0, owner: 'nobody' },
      { aggregate: `compute.events:${a}`, n: 0, written: 1, sent: 0, owner: 'nobody' },
      { aggregate: `power.events:${b}`, n: 0, written: 1, sent: 0, owner: 'nobody' },
      { aggregate: `power:${b}`, n: 0, written: 4, sent: 3, owner: 'nobody' },
    ]),
  );
});

test('what the BMCs said last is carried over to its own table', async () => {
  const script = (name: string) => readFileSync(join(ours, name, 'migration.sql'), 'utf8');
  const earlier = readdirSync(ours).filter((name) => /^\d/.test(name) && name < '20261127093000');
  const first = folderOf(Object.fromEntries(earlier.map((name) => [name, script(name)])));
  await migrate(database.url, { migrationsDir: first });
  const at = new Date('2026-03-29T00:30:00.123Z');
  const fault = { code: 'POWER_UNREACHABLE' };
  await query(
    database.url,
    `INSERT INTO nodes (uuid, name, cpus, memory_mb, local_gb, power_state, power_state_at, power_fault)
     VALUES (gen_random_uuid(), 'on', 1, 1, 1, 1, $1, NULL),
            (gen_random_uuid(), 'silent', 1, 1, 1, 0, $1, $2),
            (gen_random_uuid(), 'never', 1, 1, 1, 0, NULL, NULL)`,
    [at, fault],
  );
  await migrate(database.url);
  const sql = `SELECT n.name, p.* FROM nodes n JOIN node_power p ON p.node_id = n.id ORDER BY n.id`;
  expect(await query(database.url, sql)).toMatchObject([
    { name: 'on', power_state: 1, power_state_at: at, power_fault: null },
    { name: 'silent', power_state: 0, power_state_at: at, power_fault: fault },
  ]);
});

test('a free node whose power was never read counts as not reached', async () => {
  const script = (name: string) => readFileSync(join(ours, name, 'migration.sql'), 'utf8');
  const earlier = readdirSync(ours).filter((name) => /^\d/.test(name) && name < '20261128074345');
  const before = folderOf(Object.fromEntries(earlier.map((name) => [name, script(name)])));
  await migrate(database.url, { migrationsDir: before });
  await query(
    database.url,
    `WITH enrolled AS (
       INSERT INTO nodes (uuid, name, cpus, memory_mb, local_gb, instance_uuid)
       VALUES (gen_random_uuid(), 'read', 1, 1, 1, NULL), (gen_random_uuid(), 'away', 1, 1, 1, NULL),
              (gen_random_uuid(), 'silent', 1, 1, 1, NULL), (gen_random_uuid(), 'never', 1, 1, 1, NULL),
              (gen_random_uuid(), 'used', 1, 1, 1, gen_random_uuid())
       RETURNING id, name)
     INSERT INTO node_power (node_id, power_state, power_fault, version)
     SELECT id, power_state, power_fault, version FROM enrolled
       JOIN (VALUES ('read', 4, NULL::jsonb, 1), ('away', 0, '{}', 2), ('silent', 0, '{}', 1))
            AS p (name, power_state, power_fault, version) USING (name)`,
  );
  await migrate(database.url);
  const rows = await query(
    database.url,
    'SELECT name FROM nodes WHERE NOT bmc_reached ORDER BY id',
  );
  expect(rows).toEqual([{ name: 'silent' }, { name: 'never' }]);
});

test("Prisma's engine finds our record in order and nothing left to apply", async () => {
  await migrate(database.url);
  expect(await diagnoseWithPrisma(database.url, ours)).toMatchObject({
    editedMigrationNames: [],
    failedMigrationNames: [],
    hasMigrationsTable: true,
    history: null,
  });
  expect(await deployWithPrisma(database.url, ours)).toEqual([]);
});

test("what Prisma's engine applied we find applied", async () => {
  const folder = folderOf({ '1_a': 'CREATE TABLE a (id int);' });
  expect(await deployWithPrisma(database.url, folder)).toEqual(['1_a']);
  const theirs = await query(database.url, 'SELECT * FROM _prisma_migrations');
  expect(await migrate(database.url, { migrationsDir: folder })).toMatchObject({ applied: [] });

  const other = await startDatabase({ migrated: false });
  try {
    await migrate(other.url, { migrationsDir: folder });
    const [row] = await query(other.url, 'SELECT * FROM _prisma_migrations');
    const varying = {
      id: expect.any(String) as string,
      started_at: expect.any(Date) as Date,
      finished_at: expect.any(Date) as Date,
    };
    expect(row).toEqual({ ...theirs[0], ...varying });
    const columns = `SELECT column_name, data_type, is_nullable, column_default, character_maximum_length
                       FROM information_schema.columns WHERE table_name = '_prisma_migrations' ORDER BY ordinal_position`;
    expect(await query(other.url, columns)).toEqual(await query(database.url, columns));
  } finally {
    await other.close();
  }
});

test('a migration that fails leaves nothing, is recorded, and blocks until it is retried', async () => {
  const folder = folderOf({
    '1_a': 'CREATE TABLE a (id int);',
    '2_b': 'CREATE TABLE b (id int);\nCREATE TABLE a (id int);',
    '3_c': 'CREATE TABLE c (id int);',
  });
  const again = () => migrate(database.url, { migrationsDir: folder });
  await expect(again()).rejects.toMatchObject({
    code: 'MIGRATION_FAILED',
    message: expect.stringMatching(/2_b.*relation "a" already exists/) as string,
  });
  expect(await tables()).toEqual(['_prisma_migrations', 'a']);
  await expect(again()).rejects.toMatchObject({ code: 'MIGRATION_FAILED' });
  expect(await migrationStatus(database.url, folder)).toMatchObject({
    applied: ['1_a'],
    failed: ['2_b'],
    pending: ['2_b', '3_c'],
  });
  expect(await diagnoseWithPrisma(database.url, folder)).toMatchObject({
    failedMigrationNames: ['2_b'],
  });

  writeFileSync(join(folder, '2_b', 'migration.sql'), 'CREATE TABLE b (id int);');
  expect(await migrate(database.url, { migrationsDir: folder, retryFailed: true })).toMatchObject({
    applied: ['2_b', '3_c'],
  });
  expect(await tables()).toEqual(['_prisma_migrations', 'a', 'b', 'c']);
  expect(await migrationStatus(database.url, folder)).toMatchObject({ failed: [], pending: [] });
});

test('a syntax error is told with its line', async () => {
  const folder = folderOf({ '1_a': 'CREATE TABLE a (id int);\n\nCREATE TABEL b (id int);\n' });
  await expect(migrate(database.url, { migrationsDir: folder })).rejects.toThrow(/line 3/);
});

test('a migration edited after it was applied is refused', async () => {
  const folder = folderOf({ '1_a': 'CREATE TABLE a (id int);' });
  await migrate(database.url, { migrationsDir: folder });
  writeFileSync(join(folder, '1_a', 'migration.sql'), 'CREATE TABLE a (id bigint);');
  await expect(migrate(database.url, { migrationsDir: folder })).rejects.toMatchObject({
    code: 'MIGRATION_EDITED',
    details: { migration: '1_a' },
  });
  expect(await migrationStatus(database.url, folder)).toMatchObject({ edited: ['1_a'] });
});

test('a database with tables of others is left alone', async () => {
  await query(database.url, 'CREATE TABLE theirs (id int)');
  await expect(migrate(database.url)).rejects.toMatchObject({ code: 'SCHEMA_UNMANAGED' });
  expect(await tables()).toEqual(['theirs']);
});

test('migrations of a newer release are named, not touched', async () => {
  const newer = folderOf({ '1_a': 'CREATE TABLE a (id int);', '2_b': 'CREATE TABLE b (id int);' });
  const older = folderOf({ '1_a': 'CREATE TABLE a (id int);' });
  await migrate(database.url, { migrationsDir: newer });
  expect(await migrate(database.url, { migrationsDir: older })).toEqual({
    ...{ applied: [], grants: 'kept' },
  });
  expect(await migrationStatus(database.url, older)).toMatchObject({
    version: '2_b',
    unknown: ['2_b'],
    pending: [],
  });
});

test('waiting for another process that migrates has an end', async () => {
  const slow = folderOf({ '1_a': 'SELECT pg_sleep(2);' });
  const first = migrate(database.url, { migrationsDir: slow });
  await expect
    .poll(() =>
      query(
        database.url,
        "SELECT 1 FROM pg_stat_activity WHERE query LIKE '%pg_sleep(2)%' AND pid <> pg_backend_pid() AND datname = current_database()",
      ),
    )
    .toHaveLength(1);
  await expect(
    migrate(database.url, { migrationsDir: slow, lockWaitMs: 100 }),
  ).rejects.toMatchObject({ code: 'MIGRATION_BUSY' });
  expect(await first).toMatchObject({ applied: ['1_a'] });
});

test('a boot under way goes on from what its events and its node said of it', async () => {
  const names = readdirSync(ours)
    .filter((name) => /^\d/.test(name))
    .sort();
  const of = names.findIndex((name) => name.endsWith('_boots'));
  const script = (name: string) => readFileSync(join(ours, name, 'migration.sql'), 'utf8');
  const before = folderOf(
    Object.fromEntries(names.slice(0, of).map((name) => [name, script(name)])),
  );
  await migrate(database.url, { migrationsDir: before });
  const [node] = await query(
    database.url,
    `INSERT INTO nodes (uuid, cpus, memory_mb, local_gb, epoch, boot_mode, boot_try, boot_token_hash)
     VALUES (gen_random_uuid(), 1, 1, 1, 3, 'deploy', 2, 'hash') RETURNING id, uuid`,
  );
  const { uuid, id } = node as { uuid: string; id: number };
  const fault = { code: 'BOOT_NO_ADDRESS' };
  const events: [string, number, object][] = [
    ['boot.prepared', 2, { boot_mode: 'deploy' }],
    ['boot.script', 2, { mode: 'deploy', boot_try: 1 }],
    ['boot.failed', 2, { fault }],
    ['boot.prepared', 3, { boot_mode: 'deploy' }],
    ['boot.dhcp', 3, {}],
    ['boot.script', 3, { mode: 'deploy', boot_try: 1 }],
    ['boot.kernel', 3, {}],
    ['boot.ramdisk', 3, {}],
    ['boot.script', 3, { mode: 'deploy', boot_try: 2 }],
    ['boot.kernel', 3, {}],
  ];
  for (const [n, [type, epoch, data]] of events.entries()) {
    await query(
      database.url,
      `INSERT INTO events (id, type, subject, n, epoch, data) VALUES (gen_random_uuid(), $1, $2, $3, $4, $5)`,
      [type, uuid, n + 1, epoch, JSON.stringify(data)],
    );
  }
  await migrate(database.url);
  const found = await query(database.url, 'SELECT * FROM boots ORDER BY epoch');
  const time = expect.any(Date) as Date;
  expect(found).toMatchObject([
    {
      ...{ node_id: id, epoch: 2, prepared_mode: null, prepare_fault: fault },
      ...{ prepare_fault_at: time, boot_try: 1, token_hash: null, script_at: time },
    },
    {
      ...{ node_id: id, epoch: 3, prepared_mode: 'deploy', prepared_at: time, prepare_fault: null },
      ...{ boot_try: 2, token_hash: 'hash', dhcp_at: time, script_at: time, kernel_at: time },
      ...{ ramdisk_at: null, local_dhcp_at: null },
    },
  ]);
});
