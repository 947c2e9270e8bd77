import { acquireLease, releaseLease } from '@metalcast/db';
import { ModelDatabase } from '@metalcast/db/models';
import { startDatabase, type TestDatabase } from '@metalcast/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { query } from './query.js';

let server: TestDatabase;
let database: ModelDatabase;
beforeAll(async () => {
  server = await startDatabase();
  database = new ModelDatabase({ url: server.url, poolSize: 8, applicationName: 'test' });
});
afterAll(async () => {
  await database.close();
  await server.close();
});

/** As if its holder had been silent for that long. */
const age = (name: string): Promise<unknown> =>
  query(
    server.url,
    "UPDATE leases SET lease_until = clock_timestamp() - interval '1 second' WHERE name = $1",
    [name],
  );

test('of many who ask at once one gets it', async () => {
  const answers = await Promise.all(
    Array.from({ length: 16 }, (_, index) => acquireLease(database, 'race', `p${String(index)}`)),
  );
  expect(answers.filter((answer) => answer !== undefined)).toMatchObject([
    { name: 'race', claim: 1 },
  ]);
});

test('its holder renews it under the same claim, and trusts it no longer than it lasts', async () => {
  const asked = performance.now();
  const first = await acquireLease(database, 'renew', 'me', 5000);
  expect(first?.claim).toBe(1);
  expect(first?.until).toBeGreaterThanOrEqual(asked + 5000);
  expect(first?.until).toBeLessThanOrEqual(performance.now() + 5000);
  expect((await acquireLease(database, 'renew', 'me', 5000))?.claim).toBe(1);
  const [row] = await query(
    server.url,
    `SELECT lease_until BETWEEN clock_timestamp() + interval '3 seconds'
            AND clock_timestamp() + interval '5 seconds' AS fresh FROM leases WHERE name = 'renew'`,
  );
  expect(row).toEqual({ fresh: true });
});

test('it is taken over when it has run out, not before, and the claim grows', async () => {
  expect((await acquireLease(database, 'takeover', 'first'))?.claim).toBe(1);
  expect(await acquireLease(database, 'takeover', 'second')).toBeUndefined();
  await age('takeover');
  const answers = await Promise.all(
    ['second', 'third', 'fourth'].map((owner) => acquireLease(database, 'takeover', owner)),
  );
  expect(answers.filter((answer) => answer !== undefined)).toMatchObject([{ claim: 2 }]);
  expect(await acquireLease(database, 'takeover', 'first')).toBeUndefined();
});

test('let go, it is free at once, by its holder alone', async () => {
  await acquireLease(database, 'release', 'first');
  await releaseLease(database, 'release', 'second');
  expect(await acquireLease(database, 'release', 'second')).toBeUndefined();
  await releaseLease(database, 'release', 'first');
  expect((await acquireLease(database, 'release', 'second'))?.claim).toBe(2);
});
