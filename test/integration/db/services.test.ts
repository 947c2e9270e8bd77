import {
  beat,
  listServices,
  serviceDownMs,
  signOff,
  type Heartbeat,
  type ServiceWithState,
} from '@metalcast/db';
import { ModelDatabase } from '@metalcast/db/models';
import { startDatabase, type TestDatabase } from '@metalcast/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { query } from './query.js';

let server: TestDatabase;
let database: ModelDatabase;
beforeAll(async () => {
  server = await startDatabase();
  await query(server.url, `ALTER DATABASE ${server.name} SET timezone = 'America/New_York'`);
  database = new ModelDatabase({ url: server.url, poolSize: 4, applicationName: 'test' });
});
afterAll(async () => {
  await database.close();
  await server.close();
});

const heart = (host: string, binary = 'nova-compute'): Heartbeat => ({
  host,
  binary,
  topic: 'compute',
  version: '1.0',
  details: { url: 'http://192.0.2.1' },
});
const stateOf = async (host: string): Promise<ServiceWithState | undefined> =>
  (await listServices(database)).find((service) => service.host === host);
const upOf = async (host: string): Promise<boolean | undefined> => (await stateOf(host))?.up;
const silentFor = (host: string, ms: number): Promise<unknown> =>
  query(
    server.url,
    "UPDATE services SET last_seen = clock_timestamp() - $2 * interval '1 millisecond' WHERE host = $1",
    [host, ms],
  );

test('the first heartbeat registers, later ones count', async () => {
  await beat(database, heart('a'), true);
  await beat(database, heart('a'), false);
  await beat(database, { ...heart('a', 'metalcast-power'), topic: null }, true);
  expect(await listServices(database, 'nova-compute')).toMatchObject([
    {
      host: 'a',
      zone: 'nova',
      topic: 'compute',
      up: true,
      details: { url: 'http://192.0.2.1' },
    },
  ]);
  expect(await listServices(database)).toMatchObject([
    { binary: 'metalcast-power', zone: 'internal', topic: null },
    { binary: 'nova-compute' },
  ]);
});

/** A service whose heartbeats have come for so long, and still do. */
async function witness(forMs: number): Promise<void> {
  await beat(database, heart('witness', 'nova-scheduler'), true);
  await query(
    server.url,
    "UPDATE services SET started_at = last_seen - $1 * interval '1 millisecond' WHERE host = 'witness'",
    [forMs],
  );
}

test("down is silent for too long, by the database's clock", async () => {
  await witness(serviceDownMs + 5000);
  await beat(database, heart('b'), true);
  await silentFor('b', serviceDownMs - 5000);
  expect(await upOf('b')).toBe(true);
  await silentFor('b', serviceDownMs + 100);
  expect(await upOf('b')).toBe(false);
  await beat(database, heart('b'), false);
  expect(await upOf('b')).toBe(true);
});

test('nobody is down who was silent while nobody could write, or when the clock jumped', async () => {
  await witness(10 * serviceDownMs);
  await beat(database, heart('d'), true);
  // All rows grow old together.
  await query(server.url, "UPDATE services SET last_seen = last_seen - interval '10 min'");
  expect(await upOf('d')).toBe(true);
  // One is back: what it says of the others is that they are later than it.
  await beat(database, heart('witness', 'nova-scheduler'), false);
  expect(await upOf('d')).toBe(true);
  // Since when it was there, it would have heard of the other.
  await witness(serviceDownMs - 5000);
  expect(await upOf('d')).toBe(true);
  await witness(serviceDownMs + 5000);
  expect(await upOf('d')).toBe(false);
});

test('who has signed off is down, whoever could write', async () => {
  await beat(database, heart('e'), true);
  await signOff(database, 'e', 'nova-compute');
  await query(server.url, "UPDATE services SET last_seen = last_seen - interval '10 min'");
  expect(await stateOf('e')).toMatchObject({ up: false, recent: false });
});

test('who signs off is down at once, and up again when it returns', async () => {
  await beat(database, heart('c'), true);
  const startedAt = async (): Promise<number> =>
    (await listServices(database)).find(({ host }) => host === 'c')?.startedAt.getTime() ?? 0;
  const before = await startedAt();
  await signOff(database, 'c', 'nova-compute');
  expect(await stateOf('c')).toMatchObject({ up: false, recent: true });
  await silentFor('c', serviceDownMs + 100);
  expect(await stateOf('c')).toMatchObject({ up: false, recent: false });
  await beat(database, heart('c'), true);
  expect(await upOf('c')).toBe(true);
  expect(await startedAt()).toBeGreaterThan(before);
});
