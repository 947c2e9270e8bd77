import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SchedulerRig } from '../integration/scheduler/rig.js';
import { ask, enrol, flavors } from '../integration/scheduler/rows.js';
import { verdict } from '../integration/scheduler/verdict.js';

const nodes = 1000;
const requests = 1200;
/** Servers of one transaction. */
const together = 50;
const settleMs = 600_000;

let rig: SchedulerRig;

beforeEach(async () => {
  rig = await SchedulerRig.start({ schedulers: 4 });
  for (let enrolled = 0; enrolled < nodes; enrolled += 250) {
    await enrol(rig.database, 250);
  }
  await rig.startAll();
});
afterEach(() => rig.close());

/** Asks for all servers while something happens, until every one is placed or refused; then all must agree. */
async function storm(meanwhile: (isOver: () => boolean) => Promise<void>): Promise<void> {
  let over = false;
  const happening = meanwhile(() => over);
  const asked = Array.from({ length: requests }, (_, index) => ({
    flavor: flavors[index % flavors.length]!,
  }));
  const servers: string[] = [];
  while (servers.length < requests) {
    const batches = [0, 1, 2, 3].map((batch) => {
      const from = servers.length + batch * together;
      return ask(rig.database, asked.slice(from, from + together));
    });
    servers.push(...(await Promise.all(batches)).flat());
  }
  await rig.settled(settleMs);
  over = true;
  await happening;
  await rig.startAll();
  await rig.settled(settleMs);

  const { placed, refused } = await verdict(rig, servers);
  expect(placed.size).toBe(nodes);
  expect(refused.size).toBe(requests - nodes);
  for (const reason of refused.values()) {
    expect(reason).toContain(`Of ${nodes} nodes, ${nodes} are in use`);
  }
  const epochs = await rig.database.prisma.node.groupBy({ by: ['epoch'], _count: true });
  expect(epochs).toEqual([{ epoch: 1, _count: nodes }]);
}

test('4 schedulers, 1,000 nodes, 1,200 servers at once', async () => {
  await storm(() => Promise.resolve());
});

test('the same while one scheduler after the other is killed and started again', async () => {
  let kills = 0;
  await storm(async (isOver) => {
    while (!isOver()) {
      const name = rig.names[kills % rig.names.length]!;
      await rig.kill(name);
      kills += 1;
      await rig.restart(name);
    }
  });
  expect(kills).toBeGreaterThan(2);
});

test('the same while one is paused for a minute', async () => {
  const [name] = rig.names;
  await storm(async () => {
    await pause(1000);
    await rig.signal(name!, 'SIGSTOP');
    await pause(60_000);
    await rig.signal(name!, 'SIGCONT');
  });
});
