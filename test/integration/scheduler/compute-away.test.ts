// Builds for which only a live compute service is missing.
import { scheduler } from '@metalcast/contracts';
import { beat, signOff } from '@metalcast/db';
import { castMessage } from '@metalcast/rpc';
import { waitFor } from '@metalcast/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SchedulerRig } from './rig.js';
import { ask, enrol, requester } from './rows.js';
import { verdict } from './verdict.js';

const binary = 'nova-compute';
const heart = { host: 'c1', binary, topic: 'compute', version: '1.0', details: {} };
const silence = "last_seen = last_seen - interval '10 min'";

let rig: SchedulerRig;

beforeAll(async () => {
  rig = await SchedulerRig.start({ schedulers: 1, compute: false });
  await rig.startAll();
  await enrol(rig.database, 4);
});
afterAll(() => rig.close());

/** Requests placement again, as compute does when a build's retry time has come. */
async function askAgain(server: string): Promise<void> {
  await rig.database.transaction(({ out }) => {
    const args = { request_spec: { instance_uuids: [server] } };
    out.cast(server, castMessage(scheduler, 'runInstance', args, requester));
    return Promise.resolve();
  });
}

async function expectPlaced(server: string): Promise<void> {
  await rig.settled(20_000);
  expect((await verdict(rig, [server])).placed.size).toBe(1);
}

async function expectWaiting(server: string): Promise<void> {
  const isLogged = () =>
    rig
      .logged('no compute service is live: the build waits for one')
      .some((line) => line.includes(server));
  await waitFor(isLogged, { timeoutMs: 20_000, what: 'the build to wait' });
  const where = { instanceUuid: server };
  expect(await rig.database.prisma.operation.findFirst({ where })).toMatchObject({
    awaiting: 'claim',
    fault: null,
  });
}

/** A refusal means that the scheduler has refreshed its whole view. */
async function expectRefused(): Promise<void> {
  const [server] = await ask(rig.database, [{ flavor: { memory_mb: 1_000_000 } }]);
  await rig.settled(20_000);
  expect((await verdict(rig, [server!])).refused.size).toBe(1);
}

test('a build waits for the first compute service, and for the return of a stopped one', async () => {
  const [first] = await ask(rig.database, [{}]);
  await expectWaiting(first!);
  await beat(rig.database, heart, true);
  await askAgain(first!);
  await expectPlaced(first!);

  await signOff(rig.database, heart.host, binary);
  await rig.database.prisma.$executeRawUnsafe(
    `UPDATE services SET ${silence} WHERE "binary" = '${binary}'`,
  );
  await expectRefused();
  const [second] = await ask(rig.database, [{}]);
  await expectWaiting(second!);
  await beat(rig.database, heart, true);
  await askAgain(second!);
  await expectPlaced(second!);
});

test('a build without a fitting node is refused even while no compute service is live', async () => {
  await rig.database.prisma.$executeRawUnsafe('DELETE FROM services');
  await expectRefused();
});

test('builds are placed at once after an outage of the database', async () => {
  await beat(rig.database, heart, true);
  await rig.database.prisma.$executeRawUnsafe(`UPDATE services SET ${silence}`);
  await expectRefused();
  const [server] = await ask(rig.database, [{}]);
  await expectPlaced(server!);
});
