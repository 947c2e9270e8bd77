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
import { aBmc, NodeRequests, uuidOf } from './node-requests.js';

let api: ApiProcess;

beforeAll(async () => {
  api = await startApiProcess();
});
afterAll(() => api.close());

interface Result {
  readonly node?: Readonly<Record<string, unknown>> & { readonly uuid: string };
  readonly error?: { readonly code: string; readonly status: number; readonly message: string };
}
interface Batch {
  readonly status: number;
  readonly created: number;
  readonly failed: number;
  readonly results: readonly Result[];
}

const aNode = (node: object = {}): object => ({
  ...{ cpus: 2, memory_mb: 2048, local_gb: 10, power: aBmc() },
  interfaces: [{ address: aMac() }, { address: aMac(), pxe: false }],
  ...node,
});
const many = (count: number, node: object = {}): object[] =>
  Array.from({ length: count }, () => aNode(node));

const send = (nodes: unknown, token = api.admin): Promise<Answer> =>
  request(`${api.url}/metalcast/v1/nodes:batch`, 'POST', { token, body: { nodes } });
async function enrol(nodes: unknown): Promise<Batch> {
  const { status, body } = await send(nodes);
  return { ...(body as unknown as Omit<Batch, 'status'>), status };
}

const told = ({ results }: Batch): string[] =>
  results.map(({ node, error }) => (node === undefined ? (error?.message ?? '') : 'created'));

test('each node is there with its interfaces and its BMC, as one that is enrolled alone', async () => {
  const wanted = [
    aNode({ name: 'batch-1', rack: 'r1', traits: ['HW_GPU'], capabilities: { a: { b: 1 } } }),
    aNode({ root_device: { serial: 'S1' }, keep_disks: [{ serial: 'S2' }], maintenance: true }),
    aNode({
      power: {
        ...{ driver: 'ipmi', address: '10.7.0.1', user: 'root', password: 'canary' },
        options: { cipher_suite: 3 },
      },
    }),
  ];
  const batch = await enrol(wanted);
  expect(batch).toMatchObject({ status: 200, created: 3, failed: 0 });
  const [first, second, third] = batch.results.map(({ node }) => node);
  expect(first).toMatchObject({
    ...{ name: 'batch-1', rack: 'r1', traits: ['HW_GPU'], capabilities: { a: { b: 1 } } },
    ...{ state: 'available', epoch: 0, boot_mode: 'none', maintenance: false, failures: 0 },
    interfaces: [
      { pxe: true, vif_uuid: null },
      { pxe: false, vif_uuid: null },
    ],
  });
  expect(second).toMatchObject({ root_device: { serial: 'S1' }, keep_disks: [{ serial: 'S2' }] });
  expect(second).toMatchObject({ maintenance: true, cpu_arch: 'x86_64', name: null });
  expect(third).toMatchObject({ power: { address: '10.7.0.1', options: { cipher_suite: 3 } } });
  expect(JSON.stringify(batch)).not.toContain('canary');
  const alone = await new NodeRequests(api).enrol();
  const { prisma } = api.database;
  const row = (uuid: string) => prisma.node.findUniqueOrThrow({ where: { uuid } });
  const [plain] = (await enrol([aNode({ interfaces: [] })])).results;
  const own = [
    'id',
    'uuid',
    'version',
    'createdAt',
    'updatedAt',
    'pmAddress',
    'bmcKey',
    'bmcEndpoints',
  ];
  const common = async (uuid: string) =>
    Object.entries(await row(uuid)).filter(([column]) => !own.includes(column));
  expect(await common(plain?.node?.uuid ?? '')).toEqual(await common(uuidOf(alone)));
  const events = await prisma.event.findMany({ where: { subject: first?.uuid ?? '' } });
  expect(events).toMatchObject([{ type: 'node.enrolled', data: { name: 'batch-1' } }]);
});

test('a node that cannot be made keeps no other out, and leaves nothing', async () => {
  const mac = aMac();
  const bmc = aBmc();
  const uuid = randomUUID();
  const name = 'Holder-1';
  await enrol([aNode({ uuid, name, power: bmc, interfaces: [{ address: mac }] })]);
  const before = await api.database.prisma.interface.count();
  const batch = await enrol([
    aNode(),
    aNode({ cpus: 0 }),
    'nonsense',
    aNode({ colour: 'red' }),
    aNode({ power: bmc }),
    aNode({ interfaces: [{ address: aMac() }, { address: mac.toUpperCase() }] }),
    aNode({ name: 'holder-1' }),
    aNode({ uuid: uuid.toUpperCase() }),
    aNode({ power: { driver: 'ipmi' } }),
    aNode({ root_device: { serial: 'S1' }, keep_disks: [{ serial: 'S1' }] }),
    aNode(),
  ]);
  expect(batch).toMatchObject({ status: 200, created: 2, failed: 9 });
  expect(told(batch)).toEqual([
    'created',
    expect.stringMatching(/^Invalid input for field\/attribute cpus: /),
    expect.stringMatching(/^Invalid input for the request: /),
    expect.stringMatching(/colour/),
    expect.stringMatching(/^The BMC .* is that of node .*Holder-1\) already/),
    expect.stringMatching(/Holder-1\) has the MAC address/),
    expect.stringMatching(/Holder-1\) has this name already/),
    'Another node has this uuid already.',
    expect.stringMatching(/^The node cannot be powered/),
    expect.stringMatching(/is a disk that keep_disks/),
    'created',
  ]);
  expect(batch.results.map(({ error }) => error?.code ?? '')).toEqual([
    ...['', 'BAD_REQUEST', 'BAD_REQUEST', 'BAD_REQUEST', 'CONFLICT', 'CONFLICT', 'CONFLICT'],
    ...['CONFLICT', 'BAD_REQUEST', 'BAD_REQUEST', ''],
  ]);
  expect(await api.database.prisma.interface.count()).toBe(before + 4);
});

test('of two in one request that would share a value the first gets it', async () => {
  const shared = { uuid: randomUUID(), name: 'twin', mac: aMac(), power: aBmc() };
  const twice = aMac();
  const batch = await enrol([
    aNode({
      ...{ uuid: shared.uuid, name: shared.name, power: shared.power },
      interfaces: [{ address: shared.mac }],
    }),
    aNode({ uuid: shared.uuid }),
    aNode({ name: 'TWIN' }),
    aNode({ interfaces: [{ address: shared.mac }] }),
    aNode({ power: shared.power }),
    aNode({ interfaces: [{ address: twice }, { address: twice }] }),
  ]);
  expect(told(batch)).toEqual([
    'created',
    `The uuid ${shared.uuid} is that of node 1 of the request too.`,
    'The name TWIN is that of node 1 of the request too.',
    `The MAC address ${shared.mac} is that of node 1 of the request too.`,
    expect.stringMatching(/^The BMC .* is that of node 1 of the request too/),
    `The MAC address ${twice} is given twice.`,
  ]);
});

test('a thousand take as many statements as one, in a body larger than others may have', async () => {
  const enrolling = (count: number) => async () => {
    expect(await enrol(many(count))).toMatchObject({ created: count, failed: 0 });
  };
  await enrolling(1)();
  const one = await statementsOf(enrolling(1));
  expect((await statementsOf(enrolling(1000))).length).toBe(one.length);
  expect(one).toHaveLength(7);
  const held = many(100);
  await enrol(held);
  const clashing = (count: number) => async () => {
    const batch = await enrol([...held.slice(0, count), ...many(count)]);
    expect(batch).toMatchObject({ created: count, failed: count });
  };
  const few = await statementsOf(clashing(1));
  expect(await statementsOf(clashing(100))).toHaveLength(few.length);
});

test('of two requests for the same nodes at the same time each node is made by one', async () => {
  const nodes = many(60);
  const [one, two] = await Promise.all([
    enrol([...nodes, ...many(5)]),
    enrol([...many(5), ...[...nodes].reverse()]),
  ]);
  expect(one.created + two.created).toBe(70);
  expect(one.failed + two.failed).toBe(60);
  for (const { error } of [...one.results, ...two.results]) {
    expect(error?.code ?? 'CONFLICT').toBe('CONFLICT');
  }
  const again = await enrol(nodes);
  expect(again).toMatchObject({ created: 0, failed: 60 });
});

test('removed nodes come back together, with what is on their disks', async () => {
  const { prisma } = api.database;
  const machines = [many(1, { uuid: randomUUID() }), many(1)].flat();
  const uuids = (await enrol(machines)).results.map(({ node }) => node?.uuid ?? '');
  const tenant = randomUUID();
  const where = { uuid: { in: uuids } };
  await prisma.node.updateMany({ where, data: { epoch: 7, dataOf: [tenant] } });
  const former = await prisma.node.findMany({ where, orderBy: { id: 'asc' } });
  for (const uuid of uuids) {
    await new NodeRequests(api).remove(uuid);
  }
  const back = await enrol(machines);
  expect(back.results.map(({ node }) => node?.['data_of'])).toEqual([[tenant], [tenant]]);
  expect(back.results[0]?.node).toMatchObject({ epoch: 8 });
  const [returned] = await prisma.node.findMany({ where: { uuid: uuids[0] ?? '' } });
  expect(returned?.id).toBe(former[0]?.id);
  expect(back.results[1]?.node?.uuid).not.toBe(uuids[1]);
});

test.each([
  [() => ({}), /nodes/],
  [() => [], /nodes/],
  [() => many(1001), /^1001 nodes are to be enrolled by one request; at most 1000 can be/],
])('what is no set, or too large a one, is refused whole', async (nodes, reason) => {
  const before = await api.database.prisma.node.count();
  const { status, body } = await send(nodes());
  expect(status).toBe(400);
  expect(body.error.message).toMatch(reason);
  expect(await api.database.prisma.node.count()).toBe(before);
});

test('it is for administrators, and for POST and PATCH', async () => {
  const member = await addMember(api, 'bob');
  expect((await send(many(1), member)).status).toBe(403);
  const url = `${api.url}/metalcast/v1/nodes:batch`;
  const { status, headers } = await request(url, 'GET', { token: api.admin });
  expect([status, headers.get('allow')]).toEqual([405, 'PATCH, POST']);
});
