// The accounts of the configuration: made at the first start, and recognized at the next without hashing a password.
import { Database } from '@metalcast/db';
import { KeySet, newKeys, withNewKey, type JwkFile } from '@metalcast/keys';
import { startDatabase, type TestDatabase } from '@metalcast/testing';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { bootstrapAccounts } from '../../../services/api/src/identity/accounts/bootstrap.js';
import { PasswordPool } from '../../../services/api/src/identity/passwords/password-pool.js';
import { Passwords } from '../../../services/api/src/identity/passwords/password.js';

const keys = newKeys('token');
const holder = (file: JwkFile = keys) => ({ token: { keys: new KeySet(file) } });
const accounts = {
  adminUser: 'admin',
  adminPassword: 'canary-one',
  serviceUser: 'metalcast',
  servicePassword: 'canary-two',
};
const hashes = vi.spyOn(PasswordPool.prototype, 'derive');
const pool = new PasswordPool();
const passwords = new Passwords(pool);
let rows: TestDatabase;
let database: Database;

beforeAll(async () => {
  rows = await startDatabase();
  database = new Database({
    url: rows.urlOf('api'),
    poolSize: 2,
    applicationName: 'test',
    service: 'api',
  });
  await bootstrapAccounts(database, accounts, holder());
});

afterEach(() => {
  hashes.mockClear();
});

afterAll(async () => {
  await pool.close();
  await database.close();
  await rows.close();
});

/** Hashes computed at a start with these. */
async function start(options: Partial<typeof accounts> = {}, file?: JwkFile): Promise<number> {
  hashes.mockClear();
  await bootstrapAccounts(database, { ...accounts, ...options }, holder(file));
  return hashes.mock.calls.length;
}

async function adminRow(): Promise<{ hash: string; proof: string | null }> {
  const [row] = await database.sql.$queryRaw<{ hash: string; proof: string | null }[]>`
    SELECT password_hash AS hash, configured_proof AS proof FROM users WHERE name = 'admin'`;
  return row!;
}

test('a start with the same passwords hashes none', async () => {
  const before = await adminRow();
  expect(await start()).toBe(0);
  expect(await adminRow()).toEqual(before);
});

test('a start after a rotation of the token key hashes none', async () => {
  expect(await start({}, withNewKey(keys, new Date()))).toBe(0);
});

test('with another token key the right password is hashed once, and keeps its hash', async () => {
  const { hash } = await adminRow();
  const other = newKeys('token');
  expect(await start({}, other)).toBe(2);
  expect((await adminRow()).hash).toBe(hash);
  expect(await start({}, other)).toBe(0);
  expect(await start()).toBe(2);
});

test('another password replaces the hash; the former one is right no more', async () => {
  expect(await start({ adminPassword: 'canary-three' })).toBe(2);
  const { hash } = await adminRow();
  expect(await passwords.verify('canary-three', hash)).toBe(true);
  expect(await passwords.verify('canary-one', hash)).toBe(false);
  expect(await start({ adminPassword: 'canary-three' })).toBe(0);
});

test('a proof counts for the hash alone that it was made for', async () => {
  await start();
  const foreign = await passwords.hash('canary-foreign');
  await database.sql.$executeRaw`UPDATE users SET password_hash = ${foreign} WHERE name = 'admin'`;
  await start();
  expect(await passwords.verify(accounts.adminPassword, (await adminRow()).hash)).toBe(true);
});
