import { waitFor } from '@metalcast/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SchedulerRig } from './rig.js';
import { ask, enrol, flavors } from './rows.js';
import { verdict } from './verdict.js';

const nodes = 60;
const requests = 72;

let rig: SchedulerRig;

beforeAll(async () => {
  rig = await SchedulerRig.start({ schedulers: 2 });
});
afterAll(() => rig.close());

/** Nodes that cannot be used, each for a different reason. */
async function enrolUnfit(): Promise<Set<string>> {
  const { database } = rig;
  const unfit = [
    ...(await enrol(database, 2, { maintenance: true, maintenanceReason: 'new fans' })),
    ...(await enrol(database, 2, { quarantined: true, quarantineReason: 'lost a disk' })),
    ...(await enrol(database, 1, { memoryMb: 256 })),
    ...(await enrol(database, 1, { taskState: 'error' })),
  ];
  return new Set(unfit);
}

test('more servers than nodes, two schedulers, one killed: each node once, no server lost', async () => {
  const fit = new Set(await enrol(rig.database, nodes));
  const unfit = await enrolUnfit();
  await rig.startAll();
  const asked = Array.from({ length: requests }, (_, index) => ({
    flavor: flavors[index % flavors.length]!,
  }));
  const parts = [0, 1, 2, 3].map((part) => asked.filter((_, index) => index % 4 === part));
  const [victim] = rig.names;
  const killed = killAfter(10, victim!);
  const servers = (await Promise.all(parts.map((part) => ask(rig.database, part)))).flat();
  await killed;
  await rig.restart(victim!);
  await rig.settled(30_000);

  const { placed, refused } = await verdict(rig, servers);
  expect(placed.size).toBe(nodes);
  expect(new Set(placed.values())).toEqual(fit);
  expect(refused.size).toBe(requests - nodes);
  for (const reason of refused.values()) {
    expect(reason).toMatch(/^No valid host was found\. Of 66 nodes, 60 are in use: .*, …; /);
    expect(reason).toContain('2 are in maintenance: ');
    expect(reason).toContain('2 are in quarantine: ');
    expect(reason).toContain('1 has too little memory');
  }
  const rows = await rig.database.prisma.node.findMany();
  for (const { uuid, epoch, instanceUuid } of rows) {
    expect({ uuid, epoch }).toEqual({ uuid, epoch: fit.has(uuid) ? 1 : 0 });
    expect(unfit.has(uuid) && instanceUuid !== null).toBe(false);
  }
});

/** Sends SIGKILL when this number of servers have a node. */
async function killAfter(placed: number, name: string): Promise<void> {
  const { prisma } = rig.database;
  await waitFor(
    async () => (await prisma.node.count({ where: { instanceUuid: { not: null } } })) >= placed,
    { timeoutMs: 20_000, what: `${placed} servers to be placed`, everyMs: 5 },
  );
  await rig.kill(name);
}
