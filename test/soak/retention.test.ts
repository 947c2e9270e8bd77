// Servers are built and deleted without end: once what has ended is removed, nothing of it is left, however many there
// were.
import { integer, loadConfig, option } from '@metalcast/config';
import { serviceNames } from '@metalcast/domain';
import { Cloud } from '@metalcast/simulated-cloud';
import { waitFor } from '@metalcast/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { curveOf, measure, type Measured } from './retention/measured.js';
import { UsedHeaps } from './retention/used-heap.js';

const nodes = 5;
/** The first third of them sees caches fill and heaps grow. */
const measurements = 12;
/** One round between two measurements. */
const leastCycles = measurements * nodes;

const { retentionCycles } = loadConfig(
  {
    retentionCycles: option(
      integer()
        .refine((value) => value >= leastCycles, `must be at least ${leastCycles}`)
        .default(5000)
        .describe('Servers that are built and deleted, one cycle each'),
    ),
  },
  { env: process.env },
);

const streamOfPositions = 1;
const keptSeconds = 10;
const buildMs = 600_000;

const days = String(keptSeconds / 86_400);
const kept = ['EVENTS', 'OPERATIONS', 'SERVERS', 'NODES', 'SERVICES'];
const compute = {
  ...Object.fromEntries(kept.map((what) => [`METALCAST_KEEP_${what}_DAYS`, days])),
  METALCAST_RETENTION_MINUTES: String(3 / 60),
};
/** Nothing dies here, so nobody need be found dead soon: a BMC that answers late on a busy machine is no failure. */
const power = { METALCAST_LEASE_MS: '15000', METALCAST_REQUEST_MS: '8000' };

let heaps: UsedHeaps;
let cloud: Cloud;
beforeAll(async () => {
  heaps = new UsedHeaps();
  cloud = await Cloud.start({
    nodes,
    settings: { compute, power },
    nodeArguments: [heaps.nodeArgument],
  });
});
afterAll(async () => {
  await cloud.close();
  heaps.close();
});

/** As many servers as there are nodes, from nothing to nothing. */
async function round(): Promise<void> {
  const ids = await cloud.buildTogether(nodes);
  const built = await cloud.allBuilt(ids, buildMs);
  expect(built.map(({ vmState, fault }) => ({ vmState, fault }))).toEqual(
    ids.map(() => ({ vmState: 'active', fault: null })),
  );
  await Promise.all(ids.map((id) => cloud.delete(id)));
  await cloud.allDeleted(ids, buildMs);
}

/** Until nothing of the servers is left, nor of what was told of them. */
async function drained(): Promise<void> {
  const { prisma } = cloud.database;
  await waitFor(
    async () =>
      (await prisma.instance.count()) + (await prisma.operation.count()) === 0 &&
      (await prisma.event.count()) === 0 &&
      (await prisma.stream.count()) <= nodes + streamOfPositions,
    { what: 'the retention sweep to remove all', timeoutMs: 300_000, everyMs: 1000 },
  );
}

const largest = (measured: readonly Measured[], key: string): number =>
  Math.max(...measured.map((each) => each[key] ?? 0));
const least = (measured: readonly Measured[], key: string): number =>
  Math.min(...measured.map((each) => each[key] ?? 0));
const mean = (measured: readonly Measured[], key: string): number =>
  measured.reduce((sum, each) => sum + (each[key] ?? 0), 0) / measured.length;

test('rows, files, memory and descriptors are flat over the last two thirds', async () => {
  const curve: Measured[] = [];
  const rounds = Math.ceil(retentionCycles / nodes);
  for (let done = 0; done < rounds; done += 1) {
    await round();
    if (Math.floor(((done + 1) * measurements) / rounds) > curve.length) {
      await drained();
      curve.push({ cycles: (done + 1) * nodes, ...(await measure(cloud, heaps)) });
      process.stdout.write(`${JSON.stringify(curve.at(-1))}\n`);
    }
  }
  process.stdout.write(curveOf(curve));

  const [early, late] = [curve.slice(4, 8), curve.slice(8)];
  for (const key of Object.keys(late[0] ?? {}).filter((name) => /^(rows|files) /.test(name))) {
    // Of a node that was not used in one half another row may stand: its last deployment.
    expect(largest(late, key), key).toBeLessThanOrEqual(largest(early, key) + nodes);
  }
  for (const name of serviceNames) {
    expect(largest(late, `fds ${name}`), name).toBeLessThanOrEqual(
      largest(early, `fds ${name}`) + 4,
    );
    // V8 goes on to compile what is called often, ever more slowly.
    const heap = `heap ${name}`;
    expect(mean(late, heap), heap).toBeLessThanOrEqual(1.05 * mean(early, heap) + 1);
    // What a busy machine adds is not there all the time.
    const memory = `rss ${name}`;
    expect(least(late, memory), memory).toBeLessThanOrEqual(1.1 * mean(early, memory) + 4);
  }
});
