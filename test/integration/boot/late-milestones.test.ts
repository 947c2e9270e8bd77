// What the milestones of many nodes cost, and that none is lost or recorded twice.
import { ModelDatabase } from '@metalcast/db/models';
import { createLogger } from '@metalcast/log';
import { startDatabase, type TestDatabase } from '@metalcast/testing';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { readBoots, type BootStore } from '../../../services/boot/src/decisions/boot-reads.js';
import { KnownBoots } from '../../../services/boot/src/decisions/known-boots.js';
import { LateMilestones } from '../../../services/boot/src/milestones/late-milestones.js';
import { Milestones } from '../../../services/boot/src/milestones/milestones.js';
import { SignsOfLife } from '../../../services/boot/src/milestones/signs-of-life.js';
import { addMachine, addNetwork, type Machine } from './rows.js';

const logger = createLogger('boot', 'error');
let server: TestDatabase;
let database: ModelDatabase;
let store: BootStore;
let late: LateMilestones;
let milestones: Milestones;
let machines: Machine[];

beforeAll(async () => {
  server = await startDatabase();
  database = new ModelDatabase({ url: server.url, poolSize: 3, applicationName: 'late-test' });
  const network = await addNetwork(database);
  store = { database, site: { address: '10.88.0.1' }, known: new KnownBoots() };
  const signs = new SignsOfLife({ ...store, logger });
  late = new LateMilestones({
    ...store,
    logger,
    onSystem: (boot, isOf) => signs.askedForAddress(boot, isOf),
  });
  milestones = new Milestones({ known: store.known, late, signs });
  machines = [];
  for (let n = 1; n <= 20; n += 1) {
    const mac = `52:54:00:66:00:${String(n).padStart(2, '0')}`;
    machines.push(
      await addMachine(database, network, { mac, address: `10.88.0.${100 + n}`, flavor: {} }),
    );
  }
});
afterAll(async () => {
  await database.close();
  await server.close();
});
afterEach(() => vi.restoreAllMocks());

const statements = () => vi.spyOn(database, 'statement');
const names = (spy: ReturnType<typeof statements>) => spy.mock.calls.map(([name]) => name);

const eventsOf = async ({ node }: Machine): Promise<string[]> => {
  const where = { subject: node.uuid };
  const events = await database.prisma.event.findMany({ where, orderBy: { n: 'asc' } });
  return events.map(({ type }) => type);
};

test('strangers, however many, cost one read of all', async () => {
  const spy = statements();
  for (let n = 0; n < 1000; n += 1) {
    const mac = `52:54:01:00:${Math.floor(n / 100) + 10}:${(n % 90) + 10}`;
    await milestones.dhcp({ kind: 'discover', mac, byLoader: n % 2 === 0 });
    await milestones.dhcp({ kind: 'request', mac, byLoader: false });
  }
  await late.flush();
  expect(names(spy)).toEqual(['boots_by_mac']);
});

test('milestones of all nodes are one statement, in the order of each; repeats of what is recorded are none', async () => {
  await late.flush();
  await readBoots(
    store,
    machines.map(({ mac }) => mac),
  );
  const fetchAll = () => {
    for (const { mac, address } of machines) {
      late.add(mac, 'dhcp', { agoMs: 20 });
      late.add(mac, 'dhcp');
      late.add(mac, 'kernel', { peer: address, agoMs: 10 });
      late.add(mac, 'ramdisk', { peer: address });
    }
  };
  fetchAll();
  const spy = statements();
  await late.flush();
  // They were not prepared, so that their rows had to be made.
  expect(names(spy)).toEqual(['boot_begin', 'boot_milestones']);
  for (const machine of machines) {
    expect(await eventsOf(machine)).toEqual(['boot.dhcp', 'boot.kernel', 'boot.ramdisk']);
  }
  spy.mockClear();
  fetchAll();
  await late.flush();
  expect(names(spy)).toEqual([]);
});

test('a node that has changed does not hold up the others, nor counts what was seen before for a later epoch', async () => {
  const [changed, moved, other] = machines as [Machine, Machine, Machine];
  const { node } = database.prisma;
  await node.update({ where: { id: changed.node.id }, data: { epoch: 2 } });
  await node.update({ where: { id: moved.node.id }, data: { bootMode: 'local' } });
  for (const { mac } of [changed, moved, other]) {
    late.add(mac, 'foreignDhcp', { offered: '10.88.0.214' });
  }
  late.add(changed.mac, 'kernel', { peer: '10.88.0.199' });
  late.add(moved.mac, 'localScript', { peer: moved.address, loader: 'pxelinux' });
  await late.flush();
  expect((await eventsOf(changed)).slice(3)).toEqual([]);
  expect((await eventsOf(moved)).slice(3)).toEqual(['boot.foreign_dhcp', 'boot.script']);
  expect((await eventsOf(other)).slice(3)).toEqual(['boot.foreign_dhcp']);
  expect(await database.prisma.boot.findFirst({ where: { nodeId: other.node.id } })).toMatchObject({
    foreignDhcpAt: expect.any(Date) as Date,
    foreignAddress: '10.88.0.214',
  });
  late.add(changed.mac, 'foreignDhcp');
  await late.flush();
  expect(await database.prisma.event.findFirst({ where: { epoch: 2 } })).toMatchObject({
    subject: changed.node.uuid,
    type: 'boot.foreign_dhcp',
  });
});

test('the system of a node that is not known gives its sign all the same, and the first of its server', async () => {
  const machine = machines[3]!;
  await database.prisma.node.update({
    where: { id: machine.node.id },
    data: { bootMode: 'local' },
  });
  store.known.learn(machine.mac, undefined);
  await milestones.dhcp({ kind: 'discover', mac: machine.mac, byLoader: false });
  await late.flush();
  expect((await eventsOf(machine)).slice(3)).toEqual(['boot.local.dhcp']);
  const spy = statements();
  await milestones.dhcp({ kind: 'discover', mac: machine.mac, byLoader: false });
  await late.flush();
  expect(names(spy)).toEqual([]);
  const { instanceUuid } = machine.node;
  expect(await database.prisma.event.findMany({ where: { subject: instanceUuid! } })).toMatchObject(
    [{ type: 'instance.first_sign', data: { by: 'dhcp' } }],
  );
});

test('a known node that runs from its disk by now gives its sign by one statement', async () => {
  const machine = machines[4]!;
  await database.prisma.node.update({
    where: { id: machine.node.id },
    data: { bootMode: 'local' },
  });
  const spy = statements();
  await milestones.dhcp({ kind: 'discover', mac: machine.mac, byLoader: false });
  expect(names(spy)).toEqual(['boot_sign_of_life']);
  expect((await eventsOf(machine)).at(-1)).toBe('boot.local.dhcp');
});

test('what is seen is written within half a second, without being asked for', async () => {
  const machine = machines[5]!;
  late.add(machine.mac, 'foreignDhcp');
  await vi.waitFor(
    async () => {
      expect((await eventsOf(machine)).at(-1)).toBe('boot.foreign_dhcp');
    },
    { timeout: 2000 },
  );
});

test('what the database does not take is kept, reported once, and written when it takes it', async () => {
  const lines: string[] = [];
  const told = createLogger('boot', 'warn', { write: (line) => void lines.push(line) });
  const patient = new LateMilestones({ ...store, logger: told, onSystem: () => Promise.resolve() });
  const machine = machines[6]!;
  await readBoots(store, [machine.mac]);
  const refused = vi
    .spyOn(database, 'statement')
    .mockRejectedValue(
      Object.assign(new pg.DatabaseError('could not extend file', 1, 'error'), { code: '53100' }),
    );
  const before = await eventsOf(machine);
  patient.add(machine.mac, 'foreignDhcp');
  for (let n = 0; n < 5; n += 1) {
    await patient.flush();
  }
  patient.add(machine.mac, 'foreignDhcp');
  expect(lines).toHaveLength(1);
  expect(refused).toHaveBeenCalledTimes(5);
  refused.mockRestore();
  await patient.flush();
  expect((await eventsOf(machine)).slice(before.length)).toEqual(['boot.foreign_dhcp']);
});

test('so is the sign of life of a node that is known', async () => {
  const machine = machines[7]!;
  const { id } = machine.node;
  await database.prisma.node.update({ where: { id }, data: { bootMode: 'local' } });
  await readBoots(store, [machine.mac]);
  const before = await eventsOf(machine);
  const refused = vi
    .spyOn(database, 'statement')
    .mockRejectedValue(
      Object.assign(new pg.DatabaseError('could not extend file', 1, 'error'), { code: '53100' }),
    );
  await milestones.dhcp({ kind: 'discover', mac: machine.mac, byLoader: false });
  refused.mockRestore();
  await late.flush();
  expect((await eventsOf(machine)).slice(before.length)).toContain('boot.local.dhcp');
});
