// Sets of nodes that one request changes or removes.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { aMac } from '../db/rows.js';
import { statementsOf } from '../statements.js';
import {
  addMember,
  request,
  startApiProcess,
  type Answer,
  type ApiProcess,
} from './api-process.js';
import { aBmc } from './node-requests.js';

let api: ApiProcess;

beforeAll(async () => {
  api = await startApiProcess();
});
afterAll(() => api.close());

interface Seen {
  readonly uuid: string;
  readonly name: string | null;
  readonly [field: string]: unknown;
}

const send = (method: string, path: string, body: object, token = api.admin): Promise<Answer> =>
  request(`${api.url}/metalcast/v1/nodes:${path}`, method, { token, body });

async function enrol(count: number, node: object = {}): Promise<Seen[]> {
  const nodes = Array.from({ length: count }, () => ({
    ...{ cpus: 2, memory_mb: 2048, local_gb: 10, power: aBmc() },
    interfaces: [{ address: aMac() }],
    ...node,
  }));
  const { body } = await send('POST', 'batch', { nodes });
  return (body as unknown as { results: { node: Seen }[] }).results.map(({ node: made }) => made);
}

const change = (nodes: readonly { node: string; changes: object }[]): Promise<Answer> =>
  send('PATCH', 'batch', { nodes });
const remove = (nodes: readonly unknown[]): Promise<Answer> => send('POST', 'remove', { nodes });
const nodesIn = ({ body }: Answer): Seen[] => (body as unknown as { nodes: Seen[] }).nodes;
const row = (uuid: string) => api.database.prisma.node.findUniqueOrThrow({ where: { uuid } });

test('each node is changed as it alone would be, found by each of its names', async () => {
  const [a, b, c] = await enrol(3);
  await api.database.prisma.node.update({ where: { uuid: c!.uuid }, data: { name: 'Gamma' } });
  const before = await row(a!.uuid);
  const answer = await change([
    { node: a!.uuid.toUpperCase(), changes: { rack: 'r1', switch: 's', traits: ['HW_GPU'] } },
    { node: b!.uuid, changes: { maintenance: true, maintenance_reason: 'disk', rack: null } },
    {
      node: 'gamma',
      changes: {
        ...{
          root_device: { serial: 'S1' },
          keep_disks: [{ serial: 'S2' }],
          capabilities: { x: 1 },
        },
        power: { address: 'http://127.0.0.1:1/bmc/moved', password: 'canary' },
      },
    },
  ]);
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  expect(nodesIn(answer)).toMatchObject([
    { uuid: a!.uuid, rack: 'r1', switch: 's', traits: ['HW_GPU'], maintenance: false },
    { uuid: b!.uuid, maintenance: true, maintenance_reason: 'disk', rack: null },
    { uuid: c!.uuid, root_device: { serial: 'S1' }, capabilities: { x: 1 } },
  ]);
  expect(JSON.stringify(answer.body)).not.toContain('canary');
  const after = await row(a!.uuid);
  const own = ['rack', 'switchName', 'traits', 'version', 'updatedAt', 'changeXid'];
  const rest = (node: object) => Object.entries(node).filter(([column]) => !own.includes(column));
  expect(rest(after)).toEqual(rest(before));
  expect(after.version).toBe(before.version + 1);
  expect(await row(c!.uuid)).toMatchObject({ pmAddress: 'http://127.0.0.1:1/bmc/moved' });
  const emptied = await change([{ node: 'GAMMA', changes: { root_device: null, keep_disks: [] } }]);
  expect(nodesIn(emptied)).toMatchObject([{ root_device: null, keep_disks: [] }]);
  const events = await api.database.prisma.event.findMany({
    where: { subject: a!.uuid, type: 'node.changed' },
  });
  expect(events).toMatchObject([{ data: { fields: ['rack', 'switch', 'traits'] } }]);
});

test('a node is no capacity until its BMC is reached, and again when its BMC changes', async () => {
  const [node] = await enrol(1);
  const where = { uuid: node!.uuid };
  const reach = () => api.database.prisma.node.update({ where, data: { bmcReached: true } });
  const isReached = async () => (await row(node!.uuid)).bmcReached;
  const capacity = async () => {
    const path = '/compute/v2.1/os-hypervisors/statistics';
    const { body } = await request(`${api.url}${path}`, 'GET', { token: api.admin });
    return (body as unknown as { hypervisor_statistics: { count: number } }).hypervisor_statistics
      .count;
  };
  const others = await capacity();
  expect(await isReached()).toBe(false);
  await reach();
  expect(await capacity()).toBe(others + 1);
  const { pmAddress: address } = await row(node!.uuid);
  for (const changes of [
    { rack: 'r9' },
    { maintenance: false },
    { power: { address, options: {} } },
  ]) {
    await change([{ node: node!.uuid, changes }]);
    expect(await isReached(), JSON.stringify(changes)).toBe(true);
  }
  for (const power of [aBmc(), { user: 'other' }, { password: 'canary' }]) {
    await change([{ node: node!.uuid, changes: { power } }]);
    expect(await isReached(), JSON.stringify(power)).toBe(false);
    await reach();
  }
  await api.database.prisma.interface.deleteMany({ where: { node: where } });
  expect(await capacity()).toBe(others);
});

test('of several that cannot be changed each is told, and none is changed', async () => {
  const [a, b, c] = await enrol(3);
  const { prisma } = api.database;
  await prisma.node.update({ where: { uuid: a!.uuid }, data: { name: 'holder' } });
  const [held] = await prisma.node.findMany({ where: { uuid: a!.uuid } });
  const answer = await change([
    { node: b!.uuid, changes: { rack: 'r7' } },
    { node: 'nobody', changes: { rack: 'r7' } },
    { node: b!.uuid.toUpperCase(), changes: { rack: 'r8' } },
  ]);
  expect(answer.status).toBe(404);
  expect(answer.body.error.message).toMatch(
    /^2 of 3 nodes cannot be changed, so none was\. nobody: Node nobody could not be found\. [\dA-F-]+: Node .* is named twice\.$/,
  );
  const taken = await change([
    { node: b!.uuid, changes: { name: 'HOLDER', rack: 'r7' } },
    { node: c!.uuid, changes: { power: { address: held!.pmAddress } } },
  ]);
  expect([taken.status, taken.body.error.message]).toEqual([
    409,
    expect.stringMatching(/^2 of 2 .*has this name already\..*is that of node .*holder\) already/),
  ]);
  const twins = await change([
    { node: b!.uuid, changes: { name: 'twin' } },
    { node: c!.uuid, changes: { name: 'Twin' } },
  ]);
  expect([twins.status, twins.body.error.message]).toEqual([
    409,
    expect.stringMatching(/The name Twin is that of node 1 of the request too/),
  ]);
  expect(await row(b!.uuid)).toMatchObject({ rack: null, name: null });
  expect(await row(c!.uuid)).toMatchObject({ pmAddress: (await row(c!.uuid)).pmAddress });
});

const changesTold = (uuid: string): Promise<number> =>
  api.database.prisma.event.count({ where: { subject: uuid, type: 'node.changed' } });

test('nodes hand over names and BMCs to each other', async () => {
  const made = await enrol(3);
  const [a, b, c] = made.map(({ uuid }) => uuid) as [string, string, string];
  const named = await change([
    { node: a, changes: { name: 'left' } },
    { node: b, changes: { name: 'right' } },
    { node: c, changes: { name: 'aside' } },
  ]);
  const [left, right] = nodesIn(named).map(({ power }) => power as { address: string });
  const swapped = await change([
    { node: 'left', changes: { name: 'Right', power: { address: right!.address } } },
    { node: 'right', changes: { name: 'LEFT', power: { address: left!.address } } },
  ]);
  expect(swapped.status, JSON.stringify(swapped.body)).toBe(200);
  expect(nodesIn(swapped)).toMatchObject([
    { uuid: a, name: 'Right', power: { address: right!.address } },
    { uuid: b, name: 'LEFT', power: { address: left!.address } },
  ]);
  expect((await row(a)).bmcKey).not.toBe((await row(b)).bmcKey);
  const mixed = await change([
    { node: a, changes: { name: 'left' } },
    { node: b, changes: { name: 'aside' } },
  ]);
  expect([mixed.status, mixed.body.error.message]).toEqual([
    409,
    expect.stringMatching(/^1 of 2 .* Node .*aside\) has this name already\.$/),
  ]);
  const kept = await change([
    { node: a, changes: { name: 'left' } },
    { node: b, changes: { rack: 'r1' } },
  ]);
  expect(kept.status).toBe(409);
  expect([(await row(a)).name, (await row(b)).name]).toEqual(['Right', 'LEFT']);
});

test('what changes nothing tells nothing', async () => {
  const [a, b] = (await enrol(2, { rack: 'r1' })).map(({ uuid }) => uuid) as [string, string];
  const { version } = await row(a);
  const answer = await change([
    { node: a, changes: {} },
    { node: b, changes: { rack: 'r2' } },
  ]);
  expect([answer.status, nodesIn(answer)]).toMatchObject([200, [{ uuid: a }, { rack: 'r2' }]]);
  expect((await change([{ node: a, changes: { rack: 'r1', traits: [] } }])).status).toBe(200);
  const alone = { token: api.admin, body: { node: {} } };
  expect((await request(`${api.url}/metalcast/v1/nodes/${a}`, 'PATCH', alone)).status).toBe(200);
  expect([await changesTold(a), await changesTold(b)]).toEqual([0, 1]);
  expect((await row(a)).version).toBe(version);
});

test('a node that is removed as soon as it was enrolled or changed is told as it was then', async () => {
  const transaction = api.ownDatabase.transaction.bind(api.ownDatabase);
  const removedSoon = vi.spyOn(api.ownDatabase, 'transaction').mockImplementation(async (work) => {
    const result = await transaction(work);
    await api.database.sql.$executeRaw`UPDATE nodes SET deleted_at = now() WHERE rack = 'brief'`;
    return result;
  });
  try {
    const [enrolled] = await enrol(1, { rack: 'brief' });
    expect(enrolled).toMatchObject({ rack: 'brief' });
    const [other] = await enrol(1);
    const answer = await change([{ node: other!.uuid, changes: { rack: 'brief' } }]);
    expect([answer.status, nodesIn(answer)]).toMatchObject([200, [{ rack: 'brief' }]]);
  } finally {
    removedSoon.mockRestore();
  }
});

test('nodes are removed together, or none while one is in use', async () => {
  const [a, b, c] = await enrol(3);
  const { prisma } = api.database;
  await prisma.node.update({ where: { uuid: c!.uuid }, data: { instanceUuid: randomUUID() } });
  const refused = await remove([a!.uuid, b!.uuid, c!.uuid, 'nobody']);
  expect([refused.status, refused.body.error.message]).toEqual([
    404,
    expect.stringMatching(/^1 of 4 nodes cannot be removed, so none was\. nobody: /),
  ]);
  const used = await remove([a!.uuid, c!.uuid]);
  expect([used.status, used.body.error.message]).toEqual([
    409,
    expect.stringMatching(/^1 of 2 nodes cannot be removed, so none was\. /),
  ]);
  const answer = await remove([a!.uuid, b!.uuid]);
  expect([answer.status, answer.body]).toEqual([
    200,
    { removed: [a, b].map((node) => ({ uuid: node!.uuid, name: null })) },
  ]);
  const gone = await row(a!.uuid);
  const nodeId = { in: [gone.id, (await row(b!.uuid)).id] };
  expect(await prisma.interface.count({ where: { nodeId } })).toBe(0);
  expect(gone).toMatchObject({ epoch: 1, name: null });
  expect(gone.deletedAt).not.toBeNull();
  const events = await prisma.event.findMany({ where: { type: 'node.removed' } });
  expect(events.map(({ subject }) => subject).sort()).toEqual([a!.uuid, b!.uuid].sort());
});

test('a thousand take as many statements as one', async () => {
  let round = 0;
  const changing = async (nodes: readonly Seen[]): Promise<void> => {
    round += 1;
    const rack = (n: number): string => `r${round}-${n % 40}`;
    const wanted = nodes.map(({ uuid }, n) => ({ node: uuid, changes: { rack: rack(n) } }));
    expect((await change(wanted)).status).toBe(200);
  };
  const removing = async (nodes: readonly Seen[]): Promise<void> => {
    expect((await remove(nodes.map(({ uuid }) => uuid))).status).toBe(200);
  };
  const few = await enrol(1);
  const many = await enrol(1000);
  await changing(few);
  const one = await statementsOf(() => changing(few));
  expect(await statementsOf(() => changing(many))).toHaveLength(one.length);
  expect(one.length).toBeLessThanOrEqual(7);
  const last = await statementsOf(() => removing(few));
  expect(await statementsOf(() => removing(many))).toHaveLength(last.length);
  expect(last.length).toBeLessThanOrEqual(9);
});

test.each([
  ['PATCH', 'batch', { nodes: [] }, /nodes/],
  [
    'PATCH',
    'batch',
    { nodes: [{ node: 'a', changes: { colour: 1 } }] },
    /nodes\.0\.changes.*colour/,
  ],
  ['POST', 'remove', { nodes: [{}] }, /nodes\.0/],
  [
    'POST',
    'remove',
    { nodes: Array.from({ length: 1001 }, String) },
    /^1001 nodes are to be removed by one request; at most 1000/,
  ],
])(
  '%s nodes:%s with what is no set, or too large a one, is refused',
  async (method, path, body, reason) => {
    const { status, body: told } = await send(method, path, body);
    expect([status, told.error.message]).toEqual([400, expect.stringMatching(reason)]);
  },
);

test('it is for administrators', async () => {
  const member = await addMember(api, 'bob');
  expect((await send('PATCH', 'batch', { nodes: [] }, member)).status).toBe(403);
  expect((await send('POST', 'remove', { nodes: [] }, member)).status).toBe(403);
});
