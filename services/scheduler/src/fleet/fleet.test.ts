import type { SchedulingNode } from '@metalcast/db/scheduler';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { aRow, anAggregate, uuidOf, withServer } from '../testing/a-fleet.js';
import { Fleet } from './fleet.js';
import type { HostState } from './host-state.js';
import { AggregateIndex, readHost } from './read-host.js';

const index = new AggregateIndex([anAggregate(1, ['h1'], { ssd: 'true' })]);
const put = (fleet: Fleet, row: Partial<SchedulingNode>): void => {
  fleet.put(readHost(aRow(row), index, fleet));
};

type Op =
  | { readonly put: SchedulingNode }
  | { readonly drop: number }
  | { readonly hold: number }
  | { readonly release: number }
  | { readonly keep: readonly number[] };

const one = fc.constantFrom;
const id = fc.integer({ min: 1, max: 6 });
const row = fc
  .record({
    id,
    version: fc.integer({ min: 1, max: 12 }),
    memory_mb: one(1024, 1024, 1024, 2048),
    traits: one(['A', 'B'], ['B', 'A'], ['A', 'B'], []),
    service_host: one(null, null, 'h1', 'h2'),
    rack: one(null, 'r1', 'r2'),
    power_feed: one(null, 'f1'),
    maintenance: one(false, false, false, true),
    interfaces: one(0, 1, 1, 1),
    failures: one(0, 0, 0, 0, 0, 2),
    state: one<Partial<SchedulingNode>>(
      {},
      {},
      { task_state: 'deleted' },
      { task_state: 'error' },
      withServer(51),
      withServer(52, 'large', 'building'),
      withServer(53, 'large'),
    ),
  })
  .map(({ state, traits, ...told }): SchedulingNode => {
    const { instance_uuid: server = null, ...others } = state;
    const own = server === null ? null : uuidOf(50 + told.id);
    return aRow({ ...told, traits: [...traits], ...others, instance_uuid: own });
  });

const op: fc.Arbitrary<Op> = fc.oneof(
  { weight: 20, arbitrary: row.map((put) => ({ put })) },
  { weight: 3, arbitrary: id.map((drop) => ({ drop })) },
  { weight: 6, arbitrary: id.map((hold) => ({ hold })) },
  { weight: 6, arbitrary: id.map((release) => ({ release })) },
  {
    weight: 1,
    arbitrary: fc.subarray([1, 2, 3, 4, 5, 6], { minLength: 4 }).map((keep) => ({ keep })),
  },
);

/** A fleet without indexes: the newest row and the holds of each node. */
class Model {
  readonly rows = new Map<number, SchedulingNode>();
  readonly held = new Map<number, () => void>();

  apply(fleet: Fleet, step: Op): void {
    if ('put' in step) {
      put(fleet, step.put);
      const known = this.rows.get(step.put.id);
      if (known === undefined || known.version <= step.put.version) {
        this.rows.set(step.put.id, step.put);
      }
    } else if ('drop' in step) {
      fleet.drop(step.drop);
      this.rows.delete(step.drop);
    } else if ('keep' in step) {
      fleet.keepOnly(new Set(step.keep));
      for (const known of [...this.rows.keys()]) {
        if (!step.keep.includes(known)) this.rows.delete(known);
      }
    } else if ('hold' in step) {
      // A node is held by one claim at a time: held nodes are hidden from other choices.
      if (this.rows.has(step.hold) && !this.held.has(step.hold)) {
        this.held.set(step.hold, fleet.hold(step.hold));
      }
    } else {
      this.held.get(step.release)?.();
      this.held.delete(step.release);
    }
  }

  isOpen({ id: node, ...told }: SchedulingNode): boolean {
    return (
      !this.held.has(node) &&
      !told.maintenance &&
      told.instance_uuid === null &&
      (told.task_state === null || told.task_state === 'deleted') &&
      told.interfaces > 0
    );
  }
}

const kindText = ({ id: node, ...told }: SchedulingNode): string =>
  JSON.stringify([
    told.memory_mb,
    [...told.traits].sort(),
    told.service_host === 'h1',
    told.failures > 0 ? node : 0,
  ]);

function compareOpen(fleet: Fleet, model: Model): void {
  const groups = [...fleet.groups];
  const open = groups.flatMap((group) => group.open.map((host) => host.id));
  const expected = [...model.rows.values()].filter((known) => model.isOpen(known));
  expect(open.sort()).toEqual(expected.map(({ id: node }) => node).sort());
  for (const group of groups) {
    expect(group.size).toBeGreaterThan(0);
    expect(group.open.every((host) => fleet.get(host.id) === host)).toBe(true);
  }
}

function compare(fleet: Fleet, model: Model): void {
  const rows = [...model.rows.values()];
  const hosts = [...fleet.all()];
  expect(fleet.size).toBe(rows.length);
  expect(new Map(hosts.map((host) => [host.id, host.version]))).toEqual(
    new Map(rows.map((known) => [known.id, known.version])),
  );
  const groups = [...fleet.groups];
  expect(groups.map(({ size }) => size).reduce((sum, size) => sum + size, 0)).toBe(rows.length);
  compareKinds(fleet, rows);
  for (const host of hosts) {
    compareTallies(fleet, host, rows);
  }
  expect(fleet.holds).toBe(model.held.size);
}

/** Equal nodes share one kind object. */
function compareKinds(fleet: Fleet, rows: readonly SchedulingNode[]): void {
  const byText = new Map<string, unknown>();
  for (const known of rows) {
    const kind = fleet.get(known.id)?.kind;
    const group = fleet.groupOf(known.id)!;
    expect(group.kind).toBe(kind);
    expect(fleet.kind(group.key)).toBe(kind);
    expect(byText.get(kindText(known)) ?? kind).toBe(kind);
    byText.set(kindText(known), kind);
  }
  expect([...fleet.groups]).toHaveLength(byText.size);
}

function compareTallies(fleet: Fleet, host: HostState, rows: readonly SchedulingNode[]): void {
  const share = (alike: readonly SchedulingNode[]): number =>
    alike.filter((known) => known.instance_uuid !== null).length / Math.max(alike.length, 1);
  const rack = rows.filter((known) => known.rack !== null && known.rack === host.rack);
  const feed = rows.filter(
    (known) => known.power_feed !== null && known.power_feed === host.powerFeed,
  );
  expect(fleet.racks.taken(host)).toBe(share(rack));
  expect(fleet.powerFeeds.taken(host)).toBe(share(feed));
  const servers = rows.filter(
    (known) =>
      known.instance_uuid !== null &&
      (known.service_host ?? known.uuid) === (host.host ?? host.uuid),
  );
  expect(fleet.hosts.servers(host)).toBe(servers.length);
  expect(fleet.hosts.builds(host)).toBe(
    servers.filter((known) => known.task_state === 'building').length,
  );
  expect([...fleet.hosts.flavors(host)].sort()).toEqual(
    [...new Set(servers.map((known) => known.instance_flavor))].sort(),
  );
}

test('after any sequence of updates the fleet equals the newest rows', () => {
  let steps = 0;
  fc.assert(
    fc.property(fc.array(op, { maxLength: 40, size: 'max' }), (ops) => {
      const [fleet, model] = [new Fleet(), new Model()];
      for (const step of ops) {
        const before = new Set(fleet.groups);
        const { generation } = fleet;
        model.apply(fleet, step);
        steps += 1;
        const after = [...fleet.groups];
        const isSame = after.length === before.size && after.every((group) => before.has(group));
        expect(fleet.generation > generation).toBe(!isSame);
        compareOpen(fleet, model);
      }
      compare(fleet, model);
    }),
    { seed: 5, numRuns: 200 },
  );
  expect(steps).toBeGreaterThan(3000);
});

test('an older version never replaces a newer one, but an equal version does', () => {
  const fleet = new Fleet();
  put(fleet, { version: 5, rack: 'new' });
  put(fleet, { version: 4, rack: 'old' });
  expect(fleet.get(1)?.rack).toBe('new');
  put(fleet, { version: 5, rack: 'newest' });
  expect(fleet.get(1)?.rack).toBe('newest');
});

test('a node stays held during updates', () => {
  const fleet = new Fleet();
  put(fleet, {});
  const release = fleet.hold(1);
  put(fleet, { version: 2 });
  expect(fleet.groupOf(1)?.open).toEqual([]);
  release();
  expect(fleet.groupOf(1)?.open).toEqual([fleet.get(1)]);
});

test('a node with two holds stays held until both are released', () => {
  const fleet = new Fleet();
  put(fleet, {});
  const [first, second] = [fleet.hold(1), fleet.hold(1)];
  first();
  expect([fleet.holds, fleet.groupOf(1)?.open]).toEqual([1, []]);
  second();
  expect([fleet.holds, fleet.groupOf(1)?.open.length]).toEqual([0, 1]);
});

test('nextRelease waits for the next release, and returns at once when no node is held', async () => {
  const fleet = new Fleet();
  put(fleet, { id: 1 });
  put(fleet, { id: 2 });
  await fleet.nextRelease();
  const [first, second] = [fleet.hold(1), fleet.hold(2)];
  const told: string[] = [];
  const waits = ['a', 'b'].map((name) => fleet.nextRelease().then(() => told.push(name)));
  await Promise.resolve();
  expect(told).toEqual([]);
  second();
  await Promise.all(waits);
  expect(told).toEqual(['a', 'b']);
  expect(fleet.holds).toBe(1);
  first();
  expect(fleet.holds).toBe(0);
});

test('the hold of a removed node can be released', async () => {
  const fleet = new Fleet();
  put(fleet, {});
  const release = fleet.hold(1);
  const waiting = fleet.nextRelease();
  fleet.drop(1);
  release();
  await waiting;
  expect([fleet.size, fleet.holds]).toEqual([0, 0]);
});

test('only replace() accepts an older version', () => {
  const fleet = new Fleet();
  put(fleet, { version: 5, rack: 'r5' });
  put(fleet, { version: 4, rack: 'r4' });
  expect(fleet.get(1)?.rack).toBe('r5');
  fleet.replace(readHost(aRow({ version: 4, rack: 'r4' }), index, fleet));
  expect(fleet.get(1)).toMatchObject({ version: 4, rack: 'r4' });
  expect([...fleet.groups].map(({ size, open }) => [size, open.length])).toEqual([[1, 1]]);
});
