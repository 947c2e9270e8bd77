// Sets of nodes that one request changes or removes.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
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
  readonly id: number;
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

const change = (nodes: readonly { node: string | number; changes: object }[]): Promise<Answer> =>
  send('PATCH', 'batch', { nodes });
const remove = (nodes: readonly unknown[]): Promise<Answer> => send('POST', 'remove', { nodes });
const nodesIn = ({ body }: Answer): Seen[] => (body as unknown as { nodes: Seen[] }).nodes;
const row = (uuid: string) => api.database.prisma.node.findUniqueOrThrow({ where: { uuid } });

test('each node is changed as it alone would be, found by each of its names', async () => {
  const [a, b, c] = await enrol(3);
  await api.database.prisma.node.update({ where: { id: c!.id }, data: { name: 'Gamma' } });
  const before = await row(a!.uuid);
  const answer = await change([
    { node: a!.uuid.toUpperCase(), changes: { rack: 'r1', switch: 's', traits: ['HW_GPU'] } },
    { node: b!.id, changes: { maintenance: true, maintenance_reason: 'disk', rack: null } },
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

test('of several that cannot be changed each is told, and none is changed', async () => {
  const [a, b, c] = await enrol(3);
  const { prisma } = api.database;
  await prisma.node.update({ where: { id: a!.id }, data: { name: 'holder' } });
  const [held] = await prisma.node.findMany({ where: { id: a!.id } });
  const answer = await change([
    { node: b!.uuid, changes: { rack: 'r7' } },
    { node: 'nobody', changes: { rack: 'r7' } },
    { node: b!.id, changes: { rack: 'r8' } },
  ]);
  expect(answer.status).toBe(404);
  expect(answer.body.error.message).toMatch(
    /^2 of 3 nodes cannot be changed, so none was\. nobody: Node nobody could not be found\. \d+: Node .* is named twice\.$/,
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

test('nodes are removed together, or none while one is in use', async () => {
  const [a, b, c] = await enrol(3);
  const { prisma } = api.database;
  await prisma.node.update({ where: { id: c!.id }, data: { instanceUuid: randomUUID() } });
  const refused = await remove([a!.uuid, b!.id, c!.uuid, 'nobody']);
  expect([refused.status, refused.body.error.message]).toEqual([
    404,
    expect.stringMatching(/^1 of 4 nodes cannot be removed, so none was\. nobody: /),
  ]);
  const used = await remove([a!.uuid, c!.uuid]);
  expect([used.status, used.body.error.message]).toEqual([
    409,
    expect.stringMatching(/^1 of 2 nodes cannot be removed, so none was\. /),
  ]);
  const answer = await remove([a!.uuid, b!.id]);
  expect([answer.status, answer.body]).toEqual([
    200,
    { removed: [a, b].map((node) => ({ id: node!.id, uuid: node!.uuid, name: null })) },
  ]);
  expect(await prisma.interface.count({ where: { nodeId: { in: [a!.id, b!.id] } } })).toBe(0);
  const gone = await row(a!.uuid);
  expect(gone).toMatchObject({ epoch: 1, name: null });
  expect(gone.deletedAt).not.toBeNull();
  const events = await prisma.event.findMany({ where: { type: 'node.removed' } });
  expect(events.map(({ subject }) => subject).sort()).toEqual([a!.uuid, b!.uuid].sort());
});

test('a thousand take as many statements as one', async () => {
  const changing = async (nodes: readonly Seen[]): Promise<void> => {
    const wanted = nodes.map(({ uuid }, n) => ({ node: uuid, changes: { rack: `r${n % 40}` } }));
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
