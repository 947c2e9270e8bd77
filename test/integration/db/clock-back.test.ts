// The database's clock goes back by an hour: what the dead held until then is free, and what the living hold is theirs.
import { randomUUID } from 'node:crypto';
import { acquireLease, beat, leaseMs, listServices, Relay, serviceDownMs } from '@metalcast/db';
import { lookForDeployments } from '@metalcast/db/deploy-helper';
import { ModelDatabase } from '@metalcast/db/models';
import { claimPowerCommand, holdShares } from '@metalcast/db/power';
import { startDatabase, waitFor, type TestDatabase } from '@metalcast/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { OwnerProcess } from './owner-process.js';
import { query } from './query.js';
import { RecordingPublisher } from './recording-publisher.js';
import { aDeployment, aNode, aPowerCommand, insert } from './rows.js';

let server: TestDatabase;
let database: ModelDatabase;

beforeEach(async () => {
  server = await startDatabase();
  database = new ModelDatabase({ url: server.url, poolSize: 2, applicationName: 'clock-back' });
});
afterEach(async () => {
  await database.close();
  await server.close();
});

const secondMs = 1000;
/** What a process stored that lived until the clock went back by so much. */
const stored = (ms: number, backMs = 3_600_000): Date => new Date(Date.now() + ms + backMs);
const dead = { owner: 'dead', claim: 1 };
const held = { lease_until: stored(leaseMs), deadline_at: stored(60 * secondMs) };
/** Within a minute it may be the lease of a living one, whose lease is longer or whose clock was read a moment ago. */
const small = 50 * secondMs;

test('a named lease', async () => {
  await insert(server.url, 'leases', { name: 'far', ...dead, lease_until: stored(leaseMs) });
  await insert(server.url, 'leases', {
    ...{ name: 'near', ...dead, lease_until: stored(leaseMs, small) },
  });
  expect(await acquireLease(database, 'far', 'other')).toMatchObject({ claim: 2 });
  expect(await acquireLease(database, 'near', 'other')).toBeUndefined();
});

test('the shares and the membership of a group', async () => {
  const group = { name: 'g', shares: 4, ttlMs: leaseMs };
  await insert(server.url, 'leases', {
    ...{ name: 'g.member.dead', ...dead, lease_until: stored(leaseMs) },
  });
  await insert(server.url, 'leases', {
    ...{ name: 'g.share.0', ...dead, lease_until: stored(leaseMs) },
  });
  await holdShares(database, group, 'alive');
  expect((await holdShares(database, group, 'alive')).size).toBe(4);
});

test('a power command', async () => {
  await insert(server.url, 'nodes', aNode({ id: 1 }));
  const command = aPowerCommand({ state: 'running', ...dead, ...held });
  await insert(server.url, 'power_commands', command);
  const claim = { owner: 'alive', leaseMs, overdue: false, clockWithin: undefined };
  const claimed = (orphans: boolean) => claimPowerCommand(database, { ...claim, orphans });
  expect(await claimed(false)).toMatchObject({ outcome: 'none' });
  expect(await claimed(true)).toMatchObject({ outcome: 'taken' });
});

test('a power command is not taken by a clock that has gone back since it was read', async () => {
  await insert(server.url, 'nodes', aNode({ id: 1 }));
  const command = aPowerCommand({ state: 'running', ...dead, ...held });
  await insert(server.url, 'power_commands', command);
  const claim = { owner: 'alive', leaseMs, overdue: true, orphans: true };
  const clockWithin = { from: stored(-secondMs), to: stored(secondMs) };
  expect(await claimPowerCommand(database, { ...claim, clockWithin })).toMatchObject({
    outcome: 'none',
  });
});

test('a deployment', async () => {
  await insert(server.url, 'nodes', aNode({ id: 1 }));
  await insert(
    server.url,
    'deployments',
    aDeployment({ state: 'writing', attempt: 1, epoch: 0, helper: 'dead:1', ...held }),
  );
  const options = { leaseMs, maxAttempts: 8, except: [], waiting: 5, overdue: 0 };
  const look = async (orphans: boolean) =>
    (await lookForDeployments(database, { ...options, orphans })).waiting.length;
  expect([await look(false), await look(true)]).toEqual([0, 1]);
});

test('the streams of a process, and its message that rests', async () => {
  const killed = new OwnerProcess(server.url);
  try {
    await killed.emit(randomUUID(), 1);
  } finally {
    await killed.end();
  }
  await query(server.url, 'UPDATE publishers SET lease_until = $1', [stored(4 * secondMs)]);
  await query(server.url, 'UPDATE outbox SET retry_at = $1', [stored(secondMs)]);
  const publisher = new RecordingPublisher();
  const relay = new Relay({
    ...{ url: server.url, publisher, logger: { warn: () => undefined }, sweepMs: 100 },
    applicationName: 'clock-back',
  });
  try {
    const published = () => publisher.published.length === 1;
    await waitFor(published, { timeoutMs: 20_000, what: "the killed process's message" });
  } finally {
    await relay.close();
  }
});

test('a heartbeat', async () => {
  const heart = { topic: null, version: '1', details: {} };
  const witness = { ...heart, host: 'alive', binary: 'nova-scheduler' };
  await beat(database, { ...heart, host: 'dead', binary: 'nova-compute' }, true);
  await beat(database, witness, true);
  await query(server.url, "UPDATE services SET last_seen = $1 WHERE host = 'dead'", [stored(0)]);
  const ups = async () => new Map((await listServices(database)).map(({ host, up }) => [host, up]));
  // Nobody has been there for long enough to call others dead.
  expect(await ups()).toEqual(
    new Map([
      ['dead', true],
      ['alive', true],
    ]),
  );
  await query(
    server.url,
    "UPDATE services SET started_at = last_seen - $1 * interval '1 millisecond' WHERE host = 'alive'",
    [serviceDownMs + secondMs],
  );
  expect(await ups()).toEqual(
    new Map([
      ['dead', false],
      ['alive', true],
    ]),
  );
});
