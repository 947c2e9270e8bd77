import { randomUUID } from 'node:crypto';
import type { Boot, Outgoing } from '@metalcast/db';
import { findShownNode, milestonesOfOperations } from '@metalcast/db/api';
import {
  bootOfInstance,
  bootsByMac,
  bootToPrepare,
  countDeployScript,
  recordMilestones,
  recordPrepared,
  recordSignOfLife,
  storeTokenHash,
  type NodeBoot,
} from '@metalcast/db/boot';
import { ModelDatabase } from '@metalcast/db/models';
import { startDatabase, type TestDatabase } from '@metalcast/testing';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { addMachine, addNetwork, type Machine, type NetworkRows } from '../boot/rows.js';

const site = { address: '10.88.0.1' };
let server: TestDatabase;
let database: ModelDatabase;
let network: NetworkRows;
let machine: Machine;
let machines = 0;

beforeAll(async () => {
  server = await startDatabase();
  database = new ModelDatabase({ url: server.url, poolSize: 6, applicationName: 'boots-test' });
  network = await addNetwork(database);
});
afterAll(async () => {
  await database.close();
  await server.close();
});
beforeEach(async () => {
  machine = await newMachine();
});

async function newMachine(): Promise<Machine> {
  machines += 1;
  const mac = `52:54:00:77:00:${String(machines).padStart(2, '0')}`;
  return addMachine(database, network, { mac, address: `10.88.0.${100 + machines}`, flavor: {} });
}

async function seen({ mac } = machine): Promise<NodeBoot> {
  const [boot] = await bootsByMac(database, site, [mac]);
  return boot!;
}

async function row({ node: { id } } = machine): Promise<Boot | undefined> {
  const { epoch } = await database.prisma.node.findUniqueOrThrow({ where: { id } });
  const where = { nodeId_epoch: { nodeId: id, epoch } };
  return (await database.prisma.boot.findUnique({ where })) ?? undefined;
}

const setNode = (data: { bootMode?: string; epoch?: number }) =>
  database.prisma.node.update({ where: { id: machine.node.id }, data });

const telling =
  (type: string, subject = machine.node.uuid) =>
  (out: Outgoing): void => {
    out.emit({ type, subject, data: {}, epoch: 1 });
  };

const eventsOf = async (subject: string): Promise<string[]> => {
  const events = await database.prisma.event.findMany({
    where: { subject },
    orderBy: { n: 'asc' },
  });
  return events.map(({ type }) => type);
};

const script = (boot: NodeBoot, dhcpAgoMs?: number) =>
  countDeployScript(database, site, { boot, dhcpAgoMs, tell: telling('boot.script') });

test('a script is a try: of those who ask at once by the same row one is counted, the others see the new row', async () => {
  const boot = await seen();
  expect(boot).toMatchObject({ begun: false, bootTry: 0, address: machine.address, seen: [] });
  const answers = await Promise.all([1, 2, 3, 4].map(() => script(boot)));
  expect(answers.filter(({ written }) => written)).toHaveLength(1);
  expect(await eventsOf(machine.node.uuid)).toEqual(['boot.script']);
  const again = await script(boot);
  expect(again).toMatchObject({ written: false, before: { bootTry: 1, triesSinceHello: 1 } });
  expect(await script(again.before!)).toMatchObject({ written: true });
  expect(await row()).toMatchObject({ bootTry: 2 });
  expect(await findShownNode(database, { id: machine.node.id })).toMatchObject({ bootTry: 2 });
});

test('a script begins a try: token and milestones of the one before are past, its DHCP request is not', async () => {
  await script(await seen());
  expect(await storeTokenHash(database, site, { boot: await seen(), hash: 'h' })).toMatchObject({
    written: true,
  });
  const agoMs = { kernel: 5, ramdisk: 1, loop: 0 };
  const tell = telling('boot.kernel');
  await recordMilestones(database, site, [{ boot: await seen(), agoMs, fromAddress: true }], tell);
  expect((await seen()).seen).toEqual(['kernel', 'ramdisk', 'loop']);
  expect(await row()).toMatchObject({ tokenHash: 'h' });
  await script(await seen(), 30);
  expect((await seen()).seen).toEqual([]);
  expect(await row()).toMatchObject({ bootTry: 2, tokenHash: null, kernelAt: null, loopAt: null });
  const { dhcpAt, scriptAt } = (await row())!;
  expect(Math.round(scriptAt!.getTime() - dhcpAt!.getTime())).toBeGreaterThanOrEqual(29);
});

test.each([
  ['boot mode', () => setNode({ bootMode: 'local' })],
  ['epoch', () => setNode({ epoch: 2 })],
  [
    'address',
    () =>
      database.prisma.port.updateMany({
        where: { macAddress: machine.mac },
        data: { ipAddress: '10.88.0.250' },
      }),
  ],
])('who is of another %s by now gets neither script, token nor milestone', async (_, change) => {
  await script(await seen());
  const boot = await seen();
  await change();
  const events = await eventsOf(machine.node.uuid);
  expect((await script(boot)).written).toBe(false);
  expect((await storeTokenHash(database, site, { boot, hash: 'h' })).written).toBe(false);
  const marks = [{ boot, agoMs: { kernel: 0 }, fromAddress: true }];
  expect(await recordMilestones(database, site, marks, telling('boot.kernel'))).toBe(false);
  expect(await eventsOf(machine.node.uuid)).toEqual(events);
  await database.prisma.port.deleteMany({ where: { macAddress: machine.mac } });
});

test('no token without a script, nor for the try before', async () => {
  const boot = await seen();
  expect((await storeTokenHash(database, site, { boot, hash: 'h' })).written).toBe(false);
  await script(boot);
  const first = await seen();
  await script(first);
  expect(await storeTokenHash(database, site, { boot: first, hash: 'h' })).toMatchObject({
    written: false,
    before: { bootTry: 2 },
  });
});

test('a hello allows further tries', async () => {
  await script(await seen());
  await script(await seen());
  const { id: nodeId } = machine.node;
  await database.prisma.deployment.create({
    data: { nodeId, epoch: 1, bootTry: 2, nonceHash: 'x', biosDrive: 129 },
  });
  await script(await seen());
  expect(await seen()).toMatchObject({ bootTry: 3, triesSinceHello: 1, biosDrive: 129 });
});

test('prepared is what the row of the node said, and the last answer counts', async () => {
  const found = await bootToPrepare(database, site, machine.node.uuid);
  expect(found?.subnet).toMatchObject({ cidr: '10.88.0.0/24', mtu: 1500, gatewayIp: null });
  expect(found?.cards).toMatchObject([{ mac: machine.mac, address: machine.address }]);
  const { node: boot } = found!;
  const prepare = (fault?: object) =>
    recordPrepared(database, { boot, fault, tell: telling('boot.answer') });
  expect(await prepare({ code: 'BOOT_NO_ADDRESS' })).toBe(true);
  expect(await row()).toMatchObject({
    preparedMode: null,
    prepareFault: { code: 'BOOT_NO_ADDRESS' },
    prepareFaultAt: expect.any(Date) as Date,
  });
  expect(await prepare()).toBe(true);
  expect(await row()).toMatchObject({
    ...{ preparedMode: 'deploy', preparedAt: expect.any(Date) as Date },
    ...{ prepareFault: null, prepareFaultAt: null },
  });
  await setNode({ bootMode: 'none' });
  expect(await prepare()).toBe(false);
  await setNode({ bootMode: 'deploy', epoch: 2 });
  expect(await prepare()).toBe(false);
  expect(await row()).toBeUndefined();
  expect(await eventsOf(machine.node.uuid)).toEqual(['boot.answer', 'boot.answer']);
});

test('a node without a card can be prepared as well', async () => {
  await database.prisma.interface.deleteMany({ where: { nodeId: machine.node.id } });
  const found = await bootToPrepare(database, site, machine.node.uuid);
  expect(found).toMatchObject({ cards: [], node: { nodeId: machine.node.id } });
  expect(await bootToPrepare(database, site, randomUUID())).toBeUndefined();
});

const sign = (boot: NodeBoot, kind: 'localDhcp' | 'phoneHome') =>
  recordSignOfLife(database, site, {
    boot,
    sign: kind,
    tell: (out) => {
      telling(kind, boot.node)(out);
      if (!boot.signed) {
        out.emit({ type: 'instance.first_sign', subject: boot.instanceUuid!, data: { by: kind } });
      }
    },
  });

test('of two signs at once one is the first, and each is recorded once', async () => {
  await setNode({ bootMode: 'local' });
  const { instanceUuid } = machine.node;
  const boot = (await bootOfInstance(database, site, instanceUuid!))!;
  const kinds = ['localDhcp', 'phoneHome', 'localDhcp', 'phoneHome'] as const;
  const answers = await Promise.all(kinds.map((kind) => sign(boot, kind)));
  expect(answers.filter(({ written }) => written)).toHaveLength(1);
  const now = await seen();
  expect(now.signed).toBe(true);
  for (const kind of ['localDhcp', 'phoneHome'] as const) {
    expect((await sign(now, kind)).written).toBe(!now.seen.includes(kind));
    expect((await sign(now, kind)).written).toBe(false);
  }
  expect((await eventsOf(machine.node.uuid)).toSorted()).toEqual(['localDhcp', 'phoneHome']);
  expect(await eventsOf(instanceUuid!)).toEqual(['instance.first_sign']);
  const { firstSignAt } = await database.prisma.instance.findUniqueOrThrow({
    where: { uuid: instanceUuid! },
  });
  const { firstSignAt: here, localDhcpAt, phoneHomeAt } = (await row())!;
  expect(firstSignAt).toEqual(here);
  expect([localDhcpAt, phoneHomeAt]).toContainEqual(firstSignAt);
});

test('a node that deploys, and one of another epoch, gives no sign', async () => {
  const boot = await seen();
  expect(await sign(boot, 'localDhcp')).toMatchObject({
    written: false,
    before: { bootMode: 'deploy' },
  });
  await setNode({ bootMode: 'local', epoch: 2 });
  expect((await sign(boot, 'phoneHome')).written).toBe(false);
  expect((await seen()).signed).toBe(false);
  expect(await eventsOf(machine.node.uuid)).toEqual([]);
});

test('milestones of several nodes: all by one statement, or none', async () => {
  const other = await newMachine();
  await script(await seen());
  const marks = async () => [
    { boot: await seen(), agoMs: { kernel: 400 }, fromAddress: true },
    { boot: await seen(other), agoMs: { dhcp: 0 }, fromAddress: false },
  ];
  const tell = (out: Outgoing): void => {
    telling('boot.kernel')(out);
    telling('boot.dhcp', other.node.uuid)(out);
  };
  const before = await marks();
  await countDeployScript(database, site, { boot: await seen(other), dhcpAgoMs: undefined });
  expect(await recordMilestones(database, site, before, tell)).toBe(false);
  expect((await row())?.kernelAt).toBeNull();
  expect(await recordMilestones(database, site, await marks(), tell)).toBe(true);
  expect([(await seen()).seen, (await seen(other)).seen]).toEqual([['kernel'], ['dhcp']]);
  expect(await eventsOf(machine.node.uuid)).toEqual(['boot.script', 'boot.kernel']);
  const { scriptAt, kernelAt } = (await row())!;
  expect(kernelAt!.getTime()).toBeLessThan(scriptAt!.getTime() + 400);
  // The same again would be recorded twice.
  const repeated = [{ boot: await seen(), agoMs: { kernel: 0 }, fromAddress: true }];
  expect(await recordMilestones(database, site, repeated, tell)).toBe(false);
});

test('how far a boot has come does not hang on events, which are removed in time', async () => {
  const { id, epoch } = machine.node;
  const { instanceUuid } = await database.prisma.node.findUniqueOrThrow({ where: { id } });
  const build = { id: randomUUID(), kind: 'build', step: 'awaitRamdisk', state: 'succeeded' };
  await database.prisma.operation.create({
    data: { ...build, instanceUuid, nodeId: id, epoch, requestId: 'r' },
  });
  const reached = async () =>
    (await milestonesOfOperations(database.prisma, instanceUuid!)).get(build.id);
  expect(await reached()).toBeUndefined();
  const command = { key: randomUUID(), nodeId: id, epoch, address: '', target: 'cycle' };
  await database.prisma.powerCommand.create({
    data: {
      ...command,
      ...{ state: 'succeeded', requestId: 'r', deadlineAt: new Date(), switchedOnAt: new Date() },
    },
  });
  expect(await reached()).toBe('node.power.on');
  await script(await seen(), 5);
  await database.prisma.event.deleteMany({});
  expect(await reached()).toBe('boot.script');
  await database.prisma.deployment.create({
    data: { nodeId: id, epoch, bootTry: 1, nonceHash: 'x' },
  });
  expect(await reached()).toBe('agent.hello');
});
