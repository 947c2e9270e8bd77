// One BMC, one node: whatever it is called, and whatever came first.
import type { Node } from '@metalcast/db';
import { waitFor } from '@metalcast/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startNameServer, type Mood, type NameServer } from './name-server.js';
import { PowerRig } from './rig.js';

let rig: PowerRig;
beforeEach(async () => {
  rig = await PowerRig.start();
});
afterEach(() => rig.close());

/** The same BMC by a name that stands for its address. */
const byName = ({ pmAddress }: Node): string => (pmAddress ?? '').replace('127.0.0.1', 'localhost');

const twinOf = (node: Node, pmAddress = node.pmAddress): Promise<Node> =>
  rig.addNode({ powerDriver: 'fake', pmAddress, name: 'twin' });

test.each([
  ['in the same words', (node: Node) => node.pmAddress ?? ''],
  ['in other words', (node: Node) => (node.pmAddress ?? '').replace('http:', 'HTTP:').concat('/')],
  ['by a name', byName],
])('a BMC that is enrolled a second time %s obeys the first node alone', async (_, spelt) => {
  const { node, bmc } = await rig.enrol({ power: 'on' }, { name: 'first' });
  rig.worker();
  await rig.order(node, 'keep', 'keep');
  expect(await rig.ended('keep')).toMatchObject({ state: 'succeeded' });
  const twin = await twinOf(node, spelt(node));
  const asked = bmc.requests.length;
  await rig.order(twin, 'off', 'off');
  expect(await rig.ended('off')).toMatchObject({
    state: 'failed',
    fault: { code: 'POWER_BMC_SHARED', message: expect.stringContaining('first') as string },
  });
  await expect(rig.observer().get(twin.uuid)).rejects.toMatchObject({ code: 'POWER_BMC_SHARED' });
  expect(bmc.requests).toHaveLength(asked);
  expect(bmc.power).toBe('on');
  await rig.order(node, 'off-again', 'off');
  expect(await rig.ended('off-again')).toMatchObject({ state: 'succeeded' });
  expect(bmc.power).toBe('off');
});

test('a name holds all its addresses against a node that comes later by one of them', async () => {
  const { node: literal } = await rig.enrol();
  const { node, bmc } = await rig.enrol({}, { name: 'first' });
  await rig.others.prisma.node.update({
    where: { id: node.id },
    data: { pmAddress: byName(node) },
  });
  await rig.observer().get(node.uuid);
  expect((await rig.node(node.id)).bmcEndpoints).toContain((node.pmAddress ?? '').slice(7));
  const late = await twinOf(node);
  await expect(rig.observer().get(late.uuid)).rejects.toMatchObject({ code: 'POWER_BMC_SHARED' });
  expect(bmc.requests).toHaveLength(1);
  expect(await rig.observer().get(literal.uuid)).toBe('off');
});

test('of two that were asked for at once one is obeyed', async () => {
  const { node, bmc } = await rig.enrol();
  const twin = await twinOf(node, byName(node));
  const asked = await Promise.allSettled([node, twin].map(({ uuid }) => rig.observer().get(uuid)));
  expect(asked.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  expect(bmc.requests).toHaveLength(1);
});

test("when the first node is gone the BMC is the second one's", async () => {
  const { node, bmc } = await rig.enrol();
  await rig.observer().get(node.uuid);
  const twin = await twinOf(node, byName(node));
  await expect(rig.observer().get(twin.uuid)).rejects.toMatchObject({ code: 'POWER_BMC_SHARED' });
  const deletedAt = new Date();
  await rig.others.prisma.node.update({ where: { id: node.id }, data: { deletedAt } });
  expect(await rig.observer().get(twin.uuid)).toBe('off');
  expect(bmc.requests).toHaveLength(2);
});

test('the sync tells it on the node', async () => {
  const { node } = await rig.enrol();
  await rig.observer().get(node.uuid);
  const twin = await twinOf(node, byName(node));
  rig.sync('p1');
  await waitFor(async () => (await rig.node(twin.id)).powerFault !== null, {
    timeoutMs: 20_000,
    what: 'the fault on the node',
  });
  expect(await rig.node(twin.id)).toMatchObject({ powerFault: { code: 'POWER_BMC_SHARED' } });
});

async function named(node: Node): Promise<Node> {
  const data = { pmAddress: byName(node) };
  return rig.others.prisma.node.update({ where: { id: node.id }, data });
}

describe('by a name of DNS', () => {
  let names: NameServer;
  afterEach(() => names.close());

  test('that does not exist: told as such, at once, without waiting for the deadline', async () => {
    names = await startNameServer('unknown');
    const { node: enrolled, bmc } = await rig.enrol({ power: 'off' });
    const node = await named(enrolled);
    const fault = {
      code: 'POWER_NAME_UNKNOWN',
      message: expect.stringContaining('localhost') as string,
    };
    await expect(rig.observer().get(node.uuid)).rejects.toMatchObject(fault);
    rig.worker();
    await rig.order(node, 'on', 'on', { deadlineMs: 600_000 });
    expect(await rig.ended('on')).toMatchObject({ state: 'failed', fault });
    expect(await rig.node(node.id)).toMatchObject({ powerFault: { code: fault.code } });
    expect(bmc.requests).toHaveLength(0);
  });

  test.each<Mood>(['failing', 'refusing', 'silent'])(
    'a %s name server: a command waits for it, as for a BMC',
    async (mood) => {
      names = await startNameServer(mood);
      const { node: enrolled, bmc } = await rig.enrol({ power: 'off' });
      const node = await named(enrolled);
      const asked = rig.observer().get(node.uuid);
      await expect(asked).rejects.toMatchObject({
        code: 'POWER_UNREACHABLE',
        evidence: [expect.stringContaining('no name server')],
      });
      const before = names.questions();
      rig.worker();
      await rig.order(node, 'on', 'on');
      const what = 'the question of a second try';
      await waitFor(() => names.questions() > 2 * before, { timeoutMs: 20_000, what });
      expect(bmc.requests).toHaveLength(0);
      names.mood = '127.0.0.1';
      expect(await rig.ended('on')).toMatchObject({ state: 'succeeded' });
      expect(bmc.power).toBe('on');
    },
  );

  test('a name server that stays away ends a command by its deadline, by name', async () => {
    names = await startNameServer('failing');
    const { node: enrolled } = await rig.enrol();
    const node = await named(enrolled);
    rig.worker();
    await rig.order(node, 'lost', 'on', { deadlineMs: 2500 });
    const { state, fault } = await rig.ended('lost');
    expect({ state, fault }).toMatchObject({
      state: 'failed',
      fault: { code: 'POWER_UNREACHABLE', evidence: [expect.stringContaining('no name server')] },
    });
  });
});

test('an address, user or password that was stored before the rules is told, not used', async () => {
  const secret = (node: Node) =>
    rig.keys.seal('bmcPublic', `nodes.pm_secret:${node.uuid}`, 'p'.repeat(21));
  const { node } = await rig.enrol({}, { powerDriver: 'ipmi', pmAddress: '010.0.0.1' });
  const reason = /write 10\.0\.0\.1/;
  await expect(rig.observer().get(node.uuid)).rejects.toThrow(reason);
  const { prisma } = rig.others;
  const data = { pmAddress: '127.0.0.1', pmOptions: { port: 1 }, pmSecret: await secret(node) };
  await prisma.node.update({ where: { id: node.id }, data });
  await expect(rig.observer().get(node.uuid)).rejects.toThrow(/at most 20 bytes/);
});
