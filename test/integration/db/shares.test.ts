import { Database } from '@metalcast/db';
import { holdShares, leaveGroup, type Group } from '@metalcast/db/power';
import { startDatabase, type TestDatabase } from '@metalcast/testing';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { query } from './query.js';

let server: TestDatabase;
let database: Database;
beforeAll(async () => {
  server = await startDatabase();
  database = new Database({ url: server.url, poolSize: 8, applicationName: 'test' });
});
afterAll(async () => {
  await database.close();
  await server.close();
});

const group = (name: string, shares = 64): Group => ({ name, shares, ttlMs: 60_000 });

const hold = (of: Group, owner: string) => holdShares(database, of, owner);

const dies = (owner: string): Promise<unknown> =>
  query(
    server.url,
    "UPDATE leases SET lease_until = clock_timestamp() - interval '1 second' WHERE owner = $1",
    [owner],
  );

test('the only member has all', async () => {
  const shares = await hold(group('one'), 'a');
  expect([...shares].sort((a, b) => a - b)).toEqual(Array.from({ length: 64 }, (_, n) => n));
  expect(await hold(group('one'), 'a')).toEqual(shares);
});

test('members leave to each other what is more than fair, each share to one', async () => {
  const shared = group('three');
  await hold(shared, 'a');
  expect((await hold(shared, 'b')).size).toBe(0);
  expect((await hold(shared, 'a')).size).toBe(32);
  expect((await hold(shared, 'b')).size).toBe(32);
  expect((await hold(shared, 'c')).size).toBe(0);
  const [a, b] = [await hold(shared, 'a'), await hold(shared, 'b')];
  const c = await hold(shared, 'c');
  expect([a.size, b.size, c.size]).toEqual([22, 22, 20]);
  expect(new Set([...a, ...b, ...c]).size).toBe(64);
});

test('of members who ask at once each share is one’s', async () => {
  const shared = group('race');
  const held = await Promise.all(
    ['a', 'b', 'c', 'd', 'e', 'f'].map((owner) => hold(shared, owner)),
  );
  const all = held.flatMap((shares) => [...shares]);
  expect(new Set(all).size).toBe(all.length);
  expect(all).toHaveLength(64);
});

test('what a dead member held is taken, and its place in the count is gone', async () => {
  const shared = group('dead');
  await hold(shared, 'dead-a');
  await dies('dead-a');
  expect((await hold(shared, 'dead-b')).size).toBe(64);
  // It was only slow: it is a member again, with nothing in its hands.
  expect((await hold(shared, 'dead-a')).size).toBe(0);
  expect((await hold(shared, 'dead-b')).size).toBe(32);
  expect((await hold(shared, 'dead-a')).size).toBe(32);
});

test('who leaves gives back all', async () => {
  const shared = group('left');
  await hold(shared, 'a');
  await leaveGroup(database, shared, 'a');
  expect((await hold(shared, 'b')).size).toBe(64);
});

test('renewing, taking and leaving is one statement', async () => {
  const shared = group('counted');
  await hold(shared, 'a');
  await hold(shared, 'b');
  const statements = vi.spyOn(database, 'statement');
  const others = vi.spyOn(database.sql, '$queryRaw');
  await hold(shared, 'a');
  expect(statements.mock.calls.map(([name]) => name)).toEqual(['hold_shares']);
  expect(others).not.toHaveBeenCalled();
});
