import { powerStates } from '@metalcast/domain';
import { waitFor } from '@metalcast/testing';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { PowerRig } from './rig.js';

let rig: PowerRig;
beforeEach(async () => {
  rig = await PowerRig.start();
});
afterEach(() => rig.close());

const never = new AbortController().signal;

async function check(id: number): Promise<void> {
  const { written } = await rig.observer().check(await rig.node(id), never);
  await written;
}

const untilPower = (id: number, powerState: number) =>
  waitFor(async () => (await rig.node(id)).powerState === powerState, {
    timeoutMs: 10_000,
    what: `power_state ${String(powerState)} of node ${String(id)}`,
  });

test('a change is written once, with one event', async () => {
  const { node, bmc } = await rig.enrol({ power: 'on' });
  await check(node.id);
  await check(node.id);
  const { powerVersion } = await rig.node(node.id);
  await check(node.id);
  expect(await rig.node(node.id)).toMatchObject({ powerVersion, version: node.version + 1 });
  bmc.power = 'off';
  await check(node.id);
  expect(await rig.events(node)).toMatchObject([
    { type: 'node.power.changed', data: { from: 'unknown', to: 'on', by: 'sync' } },
    { type: 'node.power.changed', data: { from: 'on', to: 'off', by: 'sync' } },
  ]);
});

test('a BMC that does not answer makes the power unknown in the end, never off, and is forgiven', async () => {
  const { node, bmc } = await rig.enrol({ power: 'on' });
  await check(node.id);
  bmc.behave({ silent: true });
  await check(node.id);
  expect(await rig.node(node.id)).toMatchObject({ powerState: powerStates.running });
  await check(node.id);
  await check(node.id);
  expect(await rig.node(node.id)).toMatchObject({
    powerState: powerStates.nostate,
    powerFault: { code: 'POWER_UNREACHABLE' },
  });
  bmc.behave({});
  await check(node.id);
  expect(await rig.node(node.id)).toMatchObject({
    powerState: powerStates.running,
    powerFault: null,
  });
  expect((await rig.events(node)).map(({ data }) => (data as { to: string }).to)).toEqual([
    'on',
    'unknown',
    'on',
  ]);
});

test('an answer that is neither on nor off is unknown', async () => {
  const { node, bmc } = await rig.enrol({ power: 'on' });
  await check(node.id);
  bmc.behave({ says: 'half' });
  await check(node.id);
  expect(await rig.node(node.id)).toMatchObject({ powerState: powerStates.nostate });
});

test('a reading is dropped when the node changed meanwhile', async () => {
  const { node, bmc } = await rig.enrol({ power: 'on' });
  bmc.behave({ delayMs: 300 });
  const checking = check(node.id);
  await waitFor(() => bmc.requests.length > 0, { timeoutMs: 5000, what: 'the reading' });
  await rig.others.prisma.node.update({ where: { id: node.id }, data: { epoch: 1 } });
  await checking;
  expect(await rig.node(node.id)).toMatchObject({ powerState: powerStates.nostate });
  expect(await rig.events(node)).toEqual([]);
});

test('a reading is dropped when a command has come meanwhile', async () => {
  const { node, bmc } = await rig.enrol({ power: 'on' });
  bmc.behave({ delayMs: 300 });
  const checking = check(node.id);
  await waitFor(() => bmc.requests.length > 0, { timeoutMs: 5000, what: 'the reading' });
  await rig.order(node, 'off', 'off');
  await checking;
  expect(await rig.events(node)).toEqual([]);
});

test('what changed at the same moment is one statement, and each node is judged for itself', async () => {
  const rigged = await Promise.all(Array.from({ length: 20 }, () => rig.enrol({ power: 'on' })));
  const [changed, unread] = rigged;
  const observer = rig.observer();
  // Their BMCs are known from then on.
  await Promise.all(rigged.map(({ node }) => observer.get(node.uuid)));
  const nodes = await Promise.all(rigged.map(({ node }) => rig.node(node.id)));
  rigged.forEach(({ bmc }) => (bmc.power = bmc === unread?.bmc ? 'on' : 'off'));
  await rig.others.prisma.node.update({
    where: { id: changed!.node.id },
    data: { maintenance: true },
  });
  const statements = vi.spyOn(rig.database, 'statement');
  const checks = await Promise.all(nodes.map((node) => observer.check(node, never)));
  await Promise.all(checks.map(({ written }) => written));
  expect(statements.mock.calls.map(([name]) => name)).toEqual(['offer_power_readings']);
  for (const { node } of rigged) {
    const isWritten = node !== changed?.node && node !== unread?.node;
    expect(await rig.node(node.id)).toMatchObject({ powerState: isWritten ? 4 : 1 });
    expect(await rig.events(node)).toHaveLength(isWritten ? 2 : 1);
  }
});

test('power.get reads now', async () => {
  const { node, bmc } = await rig.enrol();
  const observer = rig.observer();
  expect(await observer.get(node.uuid)).toBe('off');
  bmc.power = 'on';
  expect(await observer.get(node.uuid)).toBe('on');
  bmc.behave({ silent: true });
  await expect(observer.get(node.uuid)).rejects.toMatchObject({ code: 'POWER_UNREACHABLE' });
  await expect(observer.get('5f0e6c1e-8f4e-4b36-9d3c-00000000dead')).rejects.toMatchObject({
    code: 'NOT_FOUND',
  });
});

test('every BMC is read, by one process or the other, and by the one that is left', async () => {
  const nodes = await Promise.all(Array.from({ length: 12 }, () => rig.enrol({ power: 'on' })));
  const [first, second] = ['first', 'second'].map((owner) => rig.sync(owner));
  await Promise.all(nodes.map(({ node }) => untilPower(node.id, powerStates.running)));
  const holders = () =>
    rig.others.prisma.lease.groupBy({
      by: ['owner'],
      where: { name: { startsWith: 'power.sync.share.' } },
      _count: true,
    });
  await waitFor(
    async () =>
      (await holders()).every(({ _count }) => _count === 32) && (await holders()).length === 2,
    { timeoutMs: 10_000, what: 'the buckets to be shared evenly' },
  );
  await first?.close();
  nodes.forEach(({ bmc }) => (bmc.power = 'off'));
  await Promise.all(nodes.map(({ node }) => untilPower(node.id, powerStates.shutdown)));
  for (const { node } of nodes) {
    expect(await rig.events(node)).toHaveLength(2);
  }
  await second?.close();
});

test('an interval takes sixteen looks at the database, and leaves out no bucket', async () => {
  const statements = vi.spyOn(rig.database, 'statement');
  rig.sync('only');
  const looks = () =>
    statements.mock.calls
      .filter(([name]) => name === 'nodes_of_buckets')
      .map(([, { values }]) => values.find(Array.isArray) as number[]);
  await waitFor(() => looks().length >= 16, { timeoutMs: 10_000, what: 'a round of the buckets' });
  const buckets = looks().slice(0, 16).flat();
  expect(buckets).toHaveLength(64);
  expect(new Set(buckets).size).toBe(64);
});

test('dead BMCs do not hold up the others', async () => {
  const dead = await Promise.all(Array.from({ length: 16 }, () => rig.enrol({ power: 'on' })));
  dead.forEach(({ bmc }) => {
    bmc.behave({ silent: true });
  });
  const { node, bmc } = await rig.enrol({ power: 'on' });
  rig.sync('only');
  for (const each of dead) {
    await waitFor(async () => (await rig.node(each.node.id)).powerFault !== null, {
      timeoutMs: 30_000,
      what: 'the dead to be found',
    });
  }
  // All the dead take 6 s to be read, four at a time.
  const begun = performance.now();
  bmc.power = 'off';
  await untilPower(node.id, powerStates.shutdown);
  bmc.power = 'on';
  await untilPower(node.id, powerStates.running);
  expect(performance.now() - begun).toBeLessThan(5000);
});

describe('a BMC that was not reached yet', () => {
  const row = (id: number) => rig.others.prisma.node.findUniqueOrThrow({ where: { id } });

  test('is reached by the first reading, which schedulers see, and by no later one', async () => {
    const { node } = await rig.enrol({ power: 'on' }, { bmcReached: false });
    await check(node.id);
    const reached = await row(node.id);
    expect(reached.bmcReached).toBe(true);
    // One change for the identity of its BMC, one for this.
    expect(reached.version).toBe(node.version + 2);
    await check(node.id);
    expect(await row(node.id)).toEqual(reached);
  });

  test('is reached when another password works, though the power is as before', async () => {
    const { node } = await rig.enrol({ power: 'on' });
    await check(node.id);
    await rig.others.prisma.node.update({ where: { id: node.id }, data: { bmcReached: false } });
    await check(node.id);
    expect(await row(node.id)).toMatchObject({ bmcReached: true });
    expect(await rig.events(node)).toHaveLength(1);
  });

  test.each([{ silent: true }, { says: 'half' }])('is not reached by %o', async (behaviour) => {
    const { node, bmc } = await rig.enrol({ power: 'on' }, { bmcReached: false });
    bmc.behave(behaviour);
    await check(node.id);
    expect(await row(node.id)).toMatchObject({ bmcReached: false });
  });

  test('tells why at its first failure', async () => {
    const { node, bmc } = await rig.enrol({ power: 'on' }, { bmcReached: false });
    bmc.behave({ silent: true });
    await check(node.id);
    expect(await rig.node(node.id)).toMatchObject({ powerFault: { code: 'POWER_UNREACHABLE' } });
  });

  test('is read as soon as it is enrolled or changed; one that was reached is left alone', async () => {
    const sync = rig.sync('only', 3_600_000);
    const known = await rig.enrol({ power: 'on' });
    const fresh = await rig.enrol({ power: 'on' }, { bmcReached: false });
    await waitFor(
      async () => {
        // Again and again, because the process has no buckets at its start.
        sync.noteChange(known.node.uuid);
        sync.noteChange(fresh.node.uuid);
        return (await row(fresh.node.id)).bmcReached;
      },
      { timeoutMs: 20_000, what: 'the first reading' },
    );
    expect(known.bmc.requests).toEqual([]);
  });
});
