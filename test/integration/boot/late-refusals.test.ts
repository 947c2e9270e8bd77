// What the database refuses: one row holds back no other, nothing counts for a later boot, and what is lost is said.
import { ModelDatabase } from '@metalcast/db/models';
import { createLogger } from '@metalcast/log';
import { startDatabase, type TestDatabase } from '@metalcast/testing';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { readBoots, type BootStore } from '../../../services/boot/src/decisions/boot-reads.js';
import { KnownBoots } from '../../../services/boot/src/decisions/known-boots.js';
import { LateMilestones } from '../../../services/boot/src/milestones/late-milestones.js';
import { Milestones } from '../../../services/boot/src/milestones/milestones.js';
import { SignsOfLife } from '../../../services/boot/src/milestones/signs-of-life.js';
import { addMachine, addNetwork, type Machine, type NetworkRows } from './rows.js';

let server: TestDatabase;
let database: ModelDatabase;
let network: NetworkRows;
let store: BootStore;
let late: LateMilestones;
let milestones: Milestones;
let lines: Record<string, unknown>[];
let made = 0;

beforeAll(async () => {
  server = await startDatabase();
  database = new ModelDatabase({ url: server.url, poolSize: 3, applicationName: 'late-test' });
  network = await addNetwork(database);
});
afterAll(async () => {
  await database.close();
  await server.close();
});
beforeEach(() => {
  lines = [];
  const write = (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>);
  const logger = createLogger('boot', 'warn', { write });
  store = { database, site: { address: '10.88.0.1' }, known: new KnownBoots() };
  const signs = new SignsOfLife({ ...store, logger });
  late = new LateMilestones({
    ...store,
    logger,
    onSystem: (boot, isOf) => signs.askedForAddress(boot, isOf),
  });
  milestones = new Milestones({ known: store.known, late, signs });
});
afterEach(async () => {
  vi.restoreAllMocks();
  await late.close();
});

/** Deploying nodes whose boot has begun, as they were just read. */
async function someMachines(count: number): Promise<Machine[]> {
  const machines: Machine[] = [];
  for (const end = made + count; made < end;) {
    made += 1;
    const mac = `52:54:00:67:00:${String(made).padStart(2, '0')}`;
    const address = `10.88.0.${String(100 + made)}`;
    machines.push(await addMachine(database, network, { mac, address, flavor: {} }));
  }
  for (const { node } of machines) {
    await database.prisma.boot.create({ data: { nodeId: node.id, epoch: 1 } });
  }
  await readBoots(
    store,
    machines.map(({ mac }) => mac),
  );
  return machines;
}

const eventsOf = async ({ node }: Machine): Promise<string[]> => {
  const where = { subject: node.uuid };
  const events = await database.prisma.event.findMany({ where, orderBy: { n: 'asc' } });
  return events.map(({ type }) => type);
};

const refuseAll = () =>
  vi
    .spyOn(database, 'statement')
    .mockRejectedValue(
      Object.assign(new pg.DatabaseError('could not extend file', 1, 'error'), { code: '53100' }),
    );

const comes = (machine: Machine, type: string): Promise<void> =>
  vi.waitFor(
    async () => {
      expect(await eventsOf(machine)).toEqual([type]);
    },
    { timeout: 10_000 },
  );

/** All fetch their kernel; each but the `held` one has it written by few statements more than one. */
async function writeAllBut(held: Machine, machines: readonly Machine[]): Promise<void> {
  const spy = vi.spyOn(database, 'statement');
  for (const { mac, address } of machines) {
    late.add(mac, 'kernel', { peer: address });
  }
  await late.flush();
  const writes = spy.mock.calls.filter(([name]) => name === 'boot_milestones');
  expect(writes.length).toBeLessThanOrEqual(1 + 2 * Math.ceil(Math.log2(machines.length)));
  for (const machine of machines) {
    expect(await eventsOf(machine)).toEqual(machine === held ? [] : ['boot.kernel']);
  }
}

test('a locked row holds back no other; it is written when it is free', async () => {
  const machines = await someMachines(8);
  const held = machines[5]!;
  const other = new pg.Client({ connectionString: server.url });
  await other.connect();
  try {
    await other.query('BEGIN');
    await other.query('SELECT FROM boots WHERE node_id = $1 FOR UPDATE', [held.node.id]);
    await writeAllBut(held, machines);
    const [after] = await someMachines(1);
    const spy = vi.spyOn(database, 'statement').mockClear();
    late.add(after!.mac, 'kernel', { peer: after!.address });
    late.add(held.mac, 'ramdisk', { peer: held.address });
    await late.flush();
    // What was refused is tried by itself, if its time has come: there is nothing to halve.
    expect(spy.mock.calls.length).toBeLessThanOrEqual(2);
    expect(await eventsOf(after!)).toEqual(['boot.kernel']);
    await other.query('ROLLBACK');
    await vi.waitFor(
      async () => {
        expect(await eventsOf(held)).toEqual(['boot.kernel', 'boot.ramdisk']);
      },
      { timeout: 10_000 },
    );
    expect(lines).toHaveLength(1);
  } finally {
    await other.end();
  }
});

test.each([
  ['for what it says', 'check_violation'],
  ['for a reason that nobody foresaw', 'insufficient_privilege'],
])('nor does one that is refused %s', async (_, error) => {
  const machines = await someMachines(5);
  const held = machines[0]!;
  const { id } = held.node;
  await database.prisma.$executeRawUnsafe(`
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = '${error}'; END $$`);
  await database.prisma.$executeRawUnsafe(`
    CREATE TRIGGER refuse BEFORE UPDATE ON boots FOR EACH ROW WHEN (NEW.node_id = ${String(id)}) EXECUTE FUNCTION refuse()`);
  await writeAllBut(held, machines);
  await database.prisma.$executeRawUnsafe('DROP FUNCTION refuse CASCADE');
  await comes(held, 'boot.kernel');
});

test('the sign of one system that cannot be written holds back no other', async () => {
  const machines = await someMachines(3);
  const held = machines[0]!;
  for (const { node, mac } of machines) {
    await database.prisma.node.update({ where: { id: node.id }, data: { bootMode: 'local' } });
    store.known.learn(mac, undefined);
  }
  await database.prisma.$executeRawUnsafe(`
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = 'check_violation'; END $$`);
  await database.prisma.$executeRawUnsafe(`
    CREATE TRIGGER refuse BEFORE UPDATE ON boots FOR EACH ROW WHEN (NEW.node_id = ${String(held.node.id)}) EXECUTE FUNCTION refuse()`);
  for (const { mac } of machines) {
    late.add(mac, 'system');
  }
  await late.flush();
  expect(await eventsOf(held)).toEqual([]);
  expect(await eventsOf(machines[1]!)).toEqual(['boot.local.dhcp']);
  expect(await eventsOf(machines[2]!)).toEqual(['boot.local.dhcp']);
  await database.prisma.$executeRawUnsafe('DROP FUNCTION refuse CASCADE');
  await comes(held, 'boot.local.dhcp');
});

async function beginEpoch(machine: Machine, bootMode: string, preparedAt: Date): Promise<void> {
  const { id: nodeId } = machine.node;
  await database.prisma.node.update({ where: { id: nodeId }, data: { epoch: 2, bootMode } });
  await database.prisma.boot.create({ data: { nodeId, epoch: 2, preparedAt } });
}

test('what was seen in an earlier epoch counts for no later one, however long the database was away', async () => {
  const [machine, system] = await someMachines(2);
  await database.prisma.node.update({
    where: { id: system!.node.id },
    data: { bootMode: 'local' },
  });
  await readBoots(store, [system!.mac]);
  refuseAll();
  late.add(machine!.mac, 'kernel', { peer: machine!.address });
  await milestones.dhcp({ kind: 'discover', mac: system!.mac, byLoader: false });
  await late.flush();
  vi.restoreAllMocks();
  const longAgo = new Date(Date.now() - 60_000);
  await beginEpoch(machine!, 'deploy', longAgo);
  await beginEpoch(system!, 'local', longAgo);
  await late.flush();
  expect(await eventsOf(machine!)).toEqual([]);
  expect(await eventsOf(system!)).toEqual([]);
});

test('the later of two epochs is not hidden by what was seen in the earlier one', async () => {
  const [machine] = await someMachines(1);
  refuseAll();
  late.add(machine!.mac, 'foreignDhcp');
  await late.flush();
  vi.restoreAllMocks();
  await beginEpoch(machine!, 'deploy', new Date());
  await readBoots(store, [machine!.mac]);
  late.add(machine!.mac, 'foreignDhcp');
  await late.flush();
  expect(await eventsOf(machine!)).toEqual(['boot.foreign_dhcp']);
});

test('of a node that was not known, what was seen before its boot was prepared or its try began is of another', async () => {
  const [prepared, tried, other] = await someMachines(3);
  const times = { preparedAt: new Date(Date.now() - 30_000) };
  const scriptAt = new Date(Date.now() - 10_000);
  const rowOf = ({ node }: Machine) => ({ nodeId_epoch: { nodeId: node.id, epoch: 1 } });
  const { boot } = database.prisma;
  await boot.update({ where: rowOf(prepared!), data: times });
  await boot.update({ where: rowOf(tried!), data: { ...times, bootTry: 1, scriptAt } });
  await boot.update({ where: rowOf(other!), data: times });
  for (const { mac } of [prepared!, tried!, other!]) {
    store.known.learn(mac, undefined);
  }
  late.add(prepared!.mac, 'foreignDhcp', { agoMs: 60_000 });
  late.add(tried!.mac, 'foreignDhcp', { agoMs: 20_000 });
  late.add(other!.mac, 'foreignDhcp', { agoMs: 20_000 });
  await late.flush();
  expect(await eventsOf(prepared!)).toEqual([]);
  expect(await eventsOf(tried!)).toEqual([]);
  expect(await eventsOf(other!)).toEqual(['boot.foreign_dhcp']);
});

test('the DHCP request of an earlier epoch leads to no script of a later one', async () => {
  const [machine] = await someMachines(1);
  const first = store.known.of(machine!.mac)!;
  late.add(machine!.mac, 'dhcp');
  expect(await late.takeDhcp({ ...first, epoch: 2 })).toBeUndefined();
  late.add(machine!.mac, 'dhcp');
  expect(await late.takeDhcp(first)).toMatchObject({ boot: { epoch: 1 } });
});

test('one that is being written, and is refused, is taken for the script all the same', async () => {
  const [machine] = await someMachines(1);
  let refuse = (): void => undefined;
  const spy = vi.spyOn(database, 'statement').mockReturnValueOnce(
    new Promise((_, reject) => {
      refuse = () => {
        reject(Object.assign(new pg.DatabaseError('no disk', 1, 'error'), { code: '53100' }));
      };
    }),
  );
  late.add(machine!.mac, 'dhcp');
  const flushed = late.flush();
  await vi.waitUntil(() => spy.mock.calls.length > 0, { timeout: 20_000 });
  const taken = late.takeDhcp(store.known.of(machine!.mac)!);
  refuse();
  expect(await taken).toMatchObject({ boot: { epoch: 1 } });
  await flushed;
});

test('a script waits for no other node whose row is locked', async () => {
  const [held, innocent] = await someMachines(2);
  const other = new pg.Client({ connectionString: server.url });
  await other.connect();
  try {
    await other.query('BEGIN');
    await other.query('SELECT FROM boots WHERE node_id = $1 FOR UPDATE', [held!.node.id]);
    late.add(held!.mac, 'dhcp');
    late.add(innocent!.mac, 'dhcp');
    let isFlushed = false;
    const flushed = late.flush().then(() => {
      isFlushed = true;
    });
    await vi.waitUntil(
      () =>
        database.prisma.$queryRaw<object[]>`
      SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`.then(
          (rows) => rows.length > 0,
        ),
      { timeout: 20_000 },
    );
    await late.takeDhcp(store.known.of(innocent!.mac)!);
    expect(isFlushed).toBe(false);
    await flushed;
  } finally {
    await other.end();
  }
});

test('what cannot even be looked up is kept', async () => {
  const [machine] = await someMachines(1);
  store.known.learn(machine!.mac, undefined);
  vi.spyOn(database, 'statement').mockRejectedValueOnce(new TypeError('nobody foresaw this'));
  late.add(machine!.mac, 'foreignDhcp');
  await late.flush();
  expect(lines).toMatchObject([{ level: 'error' }]);
  await comes(machine!, 'boot.foreign_dhcp');
});

test('how much is dropped is told once in an outage, and at its end', async () => {
  const refused = refuseAll();
  const addAll = () => {
    for (let n = 0; n < 10_007; n += 1) {
      late.add(`52:54:02:${String(n)}`, 'foreignDhcp');
    }
  };
  addAll();
  await late.flush();
  addAll();
  await late.flush();
  const dropped = () => lines.flatMap(({ dropped: count }) => (count === undefined ? [] : [count]));
  expect(dropped()).toEqual([7]);
  refused.mockRestore();
  await late.flush();
  expect(dropped()).toEqual([7, 14]);
});

test('a stop with the database away loses what was collected, and says how much', async () => {
  const [one, two] = await someMachines(2);
  refuseAll();
  late.add(one!.mac, 'kernel', { peer: one!.address });
  late.add(one!.mac, 'foreignDhcp');
  late.add(two!.mac, 'foreignDhcp');
  await late.close();
  await late.close();
  expect(lines.filter(({ lost }) => lost !== undefined)).toMatchObject([{ lost: 3 }]);
});

test('one with a database that does not answer ends all the same', async () => {
  const [one] = await someMachines(1);
  vi.spyOn(database, 'statement').mockReturnValue(new Promise(() => undefined));
  late.add(one!.mac, 'foreignDhcp');
  await late.close();
  expect(lines).toMatchObject([{ lost: 1 }]);
});
