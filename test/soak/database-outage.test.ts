// Requests at once after an outage of the database in which no service could write its heartbeats for longer than the
// time after which a service counts as dead.
import { serviceDownMs } from '@metalcast/db';
import { Cloud } from '@metalcast/simulated-cloud';
import { waitFor } from '@metalcast/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { setTimeout as pause } from 'node:timers/promises';

const servers = 8;
let cloud: Cloud;

beforeAll(async () => {
  // A request whose answer is lost may have been accepted all the same.
  cloud = await Cloud.start({ nodes: 2 * servers });
});
afterAll(async () => {
  await cloud.close();
});

test('servers that are requested at once after a long outage become ACTIVE', async () => {
  const { database } = cloud.context;
  await database?.stop();
  // The outage itself: nothing happens that could be waited for.
  await pause(serviceDownMs + 15_000);
  await database?.restart();
  const ids = await Promise.all(Array.from({ length: servers }, () => requested()));
  const rows = await cloud.allBuilt(ids, 180_000);
  expect(rows.map(({ vmState, fault }) => ({ vmState, fault }))).toEqual(
    Array.from({ length: servers }, () => ({ vmState: 'active', fault: null })),
  );
});

/** The api may not have its connections again yet. */
const requested = (): Promise<string> =>
  waitFor(() => cloud.build(), { timeoutMs: 60_000, what: 'the api to accept a server' });
