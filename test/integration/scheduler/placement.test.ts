import type { Node } from '@metalcast/db';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { scheduler } from '@metalcast/contracts';
import { castMessage } from '@metalcast/rpc';
import { SchedulerRig } from './rig.js';
import { ask, askInSilence, enrol, requester, serverGroup } from './rows.js';
import { startPeer } from '../rpc/oslo-peer.js';
import { verdict } from './verdict.js';

let rig: SchedulerRig;

beforeAll(async () => {
  rig = await SchedulerRig.start({ schedulers: 2 });
  await rig.startAll();
});
afterAll(() => rig.close());
/** Each test has its own nodes. */
afterEach(async () => {
  await rig.database.prisma.node.updateMany({ data: { deletedAt: new Date() } });
});

/** Places servers that were requested at the same time, each in its own transaction. */
async function placeAtOnce(count: number, server: Parameters<typeof ask>[1][number]) {
  const each = Array.from({ length: count }, () => ask(rig.database, [server]));
  const servers = (await Promise.all(each)).flat();
  await rig.settled(20_000);
  return { servers, ...(await verdict(rig, servers)) };
}

async function nodesOf(placed: ReadonlyMap<string, string>): Promise<Node[]> {
  return rig.database.prisma.node.findMany({ where: { uuid: { in: [...placed.values()] } } });
}

test('a listener receives the reason why a server got no node', async () => {
  await enrol(rig.database, 1, () => ({ maintenance: true }));
  const [server] = await ask(rig.database, [{}]);
  await rig.settled(20_000);
  const listener = await startPeer(
    'listener',
    { url: rig.brokerUrl, queues: 'transient' },
    'notifications',
  );
  const heard = await listener.heard();
  await listener.close();
  expect(heard).toMatchObject({
    priority: 'error',
    publisher_id: expect.stringMatching(/^scheduler\./) as string,
    event_type: 'scheduler.run_instance',
    payload: {
      instance_id: server,
      state: 'error',
      method: 'run_instance',
      reason: expect.stringMatching(/^No valid host was found\. .*maintenance/) as string,
    },
  });
});

test("two schedulers at once keep a group's servers in different racks", async () => {
  await enrol(rig.database, 30);
  const group = await serverGroup(rig.database, 'anti-affinity');
  const { placed, refused } = await placeAtOnce(4, { group });
  const racks = (await nodesOf(placed)).map(({ rack }) => rack);
  expect(racks.sort()).toEqual(['r0', 'r1', 'r2']);
  expect([...refused.values()].join()).toContain(
    '30 share their rack with a server of group anti-affinity: ',
  );
});

test("two schedulers at once keep a group's servers in one rack", async () => {
  await enrol(rig.database, 30);
  const group = await serverGroup(rig.database, 'affinity');
  const { placed } = await placeAtOnce(4, { group });
  expect(placed.size).toBe(4);
  const racks = (await nodesOf(placed)).map(({ rack }) => rack);
  expect(new Set(racks).size).toBe(1);
});

test('a group with a soft policy spreads its servers while it can', async () => {
  await enrol(rig.database, 3, (index) => ({ rack: `r${Math.min(index, 1)}` }));
  const group = await serverGroup(rig.database, 'soft-anti-affinity');
  const [first] = await ask(rig.database, [{ group }]);
  await rig.settled(20_000);
  const [second] = await ask(rig.database, [{ group }]);
  await rig.settled(20_000);
  const [third] = await ask(rig.database, [{ group }]);
  await rig.settled(20_000);
  const { placed } = await verdict(rig, [first!, second!, third!]);
  const nodes = await nodesOf(new Map([first!, second!].map((uuid) => [uuid, placed.get(uuid)!])));
  expect(nodes.map(({ rack }) => rack).sort()).toEqual(['r0', 'r1']);
  expect(placed.size).toBe(3);
});

test('one cast for several servers places as many as there are nodes', async () => {
  await enrol(rig.database, 3);
  const silently = Array.from({ length: 4 }, () => askInSilence(rig.database));
  const servers = await Promise.all(silently);
  await rig.database.transaction(({ out }) => {
    const args = { request_spec: { instance_uuids: servers } };
    out.cast(servers[0]!, castMessage(scheduler, 'runInstance', args, requester));
    return Promise.resolve();
  });
  await rig.settled(20_000);
  const { placed, refused } = await verdict(rig, servers);
  expect([placed.size, refused.size]).toEqual([3, 1]);
});

test('a forced build takes the named node whatever its flavor, and no other', async () => {
  const [small, , inMaintenance] = await enrol(rig.database, 3, (index) => ({
    memoryMb: 256,
    maintenance: index === 2,
  }));
  const forced = await placeAtOnce(1, { row: { forcedNode: small! } });
  expect([...forced.placed.values()]).toEqual([small]);
  const again = await placeAtOnce(1, { row: { forcedNode: small! } });
  expect([...again.refused.values()].join()).toMatch(
    /2 are not the named host or node: .*; 1 is in use: /,
  );
  const other = await placeAtOnce(1, { row: { forcedNode: inMaintenance! } });
  expect([...other.refused.values()].join()).toContain('1 is in maintenance: ');
});

test('a forced host takes one of its own nodes', async () => {
  const uuids = await enrol(rig.database, 4, (index) => ({
    serviceHost: index === 3 ? 'compute2' : 'compute1',
  }));
  const { placed } = await placeAtOnce(1, { row: { forcedHost: 'compute2' } });
  expect([...placed.values()]).toEqual([uuids[3]]);
});

test('an invalid request fails alone, with a named fault', async () => {
  await enrol(rig.database, 2);
  const malformed = { flavor: { extra_specs: { free_ram_mb: '>= lots' } } };
  const [bad, good] = await ask(rig.database, [malformed, {}]);
  await rig.settled(20_000);
  const { placed } = await verdict(rig, [good!]);
  expect(placed.size).toBe(1);
  const operation = await rig.database.prisma.operation.findFirstOrThrow({
    where: { instanceUuid: bad! },
  });
  expect(operation).toMatchObject({ nodeId: null, fault: { code: 'EXTRA_SPEC_MALFORMED' } });
});
