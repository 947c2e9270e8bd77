// A shutdown by the operating system takes its time; a command that switches off at once does not wait for it.
import { waitFor } from '@metalcast/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { PowerWorker } from '../../../services/power/src/commands/worker.js';
import { PowerRig, type EnrolledBmc } from './rig.js';

let rig: PowerRig;
beforeEach(async () => {
  rig = await PowerRig.start();
});
afterEach(() => rig.close());

/** Nothing but news of the row can end a shutdown within the test; nor does any sweep begin what comes after. */
const patient = { softOffMs: 60_000, confirmMs: 60_000 };
const quiet = { sweepMs: 60_000, timing: { ...patient, renewMs: 60_000, leaseMs: 180_000 } };

/** A machine whose system does not shut down, although it was asked to. */
async function shuttingDown(worker: PowerWorker): Promise<EnrolledBmc> {
  const enrolled = await rig.enrol({ power: 'on' });
  enrolled.bmc.behave({ stuck: true });
  await rig.order(enrolled.node, 'soft', 'soft-off', { worker, deadlineMs: 120_000 });
  await waitFor(
    () => enrolled.bmc.requests.at(-1) === 'status' && enrolled.bmc.requests.length > 2,
    {
      timeoutMs: 5000,
      what: 'the soft off',
    },
  );
  enrolled.bmc.behave({});
  return enrolled;
}

test.each([
  ['off', ['off']],
  ['cycle', ['off', 'on']],
] as const)('%s ends the shutdown under way, and begins at once', async (target, changes) => {
  const worker = rig.worker(quiet);
  const { node, bmc } = await shuttingDown(worker);
  await rig.order(node, 'forced', target, { worker });
  expect(await rig.ended('forced', 5000)).toMatchObject({ state: 'succeeded' });
  expect(await rig.row('soft')).toMatchObject({ state: 'failed', fault: { code: 'CANCELLED' } });
  expect(bmc.requests.filter((each) => each !== 'status')).toEqual(['soft-off', ...changes]);
  expect((await rig.events(node)).map(({ type, data }) => [type, data])).toMatchObject([
    ['node.power.failed', { key: 'soft', fault: { code: 'CANCELLED' } }],
    ['node.power.changed', { key: 'forced' }],
  ]);
});

test('a shutdown that another process holds ends at its next renewal', async () => {
  const holder = rig.worker({ ...quiet, timing: { ...patient, renewMs: 100 } });
  const { node } = await shuttingDown(holder);
  const other = rig.worker(quiet);
  await rig.order(node, 'forced', 'off', { worker: other });
  expect(await rig.ended('forced', 5000)).toMatchObject({ state: 'succeeded' });
  expect(await rig.row('soft')).toMatchObject({ state: 'failed', fault: { code: 'CANCELLED' } });
});

test('a shutdown whose holder has died is not resumed', async () => {
  const { node, bmc } = await rig.enrol({ power: 'on' });
  await rig.order(node, 'soft', 'soft-off');
  await rig.others.prisma.$executeRaw`
    UPDATE power_commands SET state = 'running', owner = 'dead', claim = 1,
           lease_until = clock_timestamp() - interval '1 second' WHERE key = 'soft'`;
  await rig.order(node, 'forced', 'off');
  rig.worker({ timing: { leaseMs: 3000 } });
  expect(await rig.ended('forced')).toMatchObject({ state: 'succeeded' });
  expect(bmc.requests.filter((each) => each !== 'status')).toEqual(['off']);
});

test('a shutdown that is still queued is not begun', async () => {
  const { node, bmc } = await rig.enrol({ power: 'on' });
  await rig.order(node, 'soft', 'soft-off');
  await rig.order(node, 'forced', 'cycle');
  rig.worker(quiet);
  expect(await rig.ended('forced', 5000)).toMatchObject({ state: 'succeeded' });
  expect(bmc.requests.filter((each) => each !== 'status')).toEqual(['off', 'on']);
});

test('nothing else gives way', async () => {
  const worker = rig.worker(quiet);
  const { node, bmc } = await shuttingDown(worker);
  await rig.order(node, 'keep', 'keep', { worker });
  await rig.order(node, 'again', 'soft-off', { worker });
  expect(await rig.row('soft')).toMatchObject({ state: 'running' });
  bmc.power = 'off';
  expect(await rig.ended('again')).toMatchObject({ state: 'succeeded' });
  expect(await rig.row('soft')).toMatchObject({ state: 'succeeded' });
  expect(await rig.row('keep')).toMatchObject({ state: 'succeeded' });
});
