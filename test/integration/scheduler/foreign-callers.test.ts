import { randomUUID } from 'node:crypto';
import { scheduler } from '@metalcast/contracts';
import { DbNull } from '@metalcast/db/models';
import { rpcClient } from '@metalcast/rpc';
import { waitFor } from '@metalcast/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { requireOslo, startPeer, type OsloPeer } from '../rpc/oslo-peer.js';
import { SchedulerRig } from './rig.js';
import { tinyFlavor } from '../snapshots.js';
import { askInSilence, enrol, requester, serverGroup } from './rows.js';
import { verdict } from './verdict.js';

let rig: SchedulerRig;
let python: OsloPeer;
let nodes: string[];

beforeAll(async () => {
  requireOslo();
  rig = await SchedulerRig.start({ schedulers: 1 });
  nodes = await enrol(rig.database, 6, (index) => ({
    serviceHost: index < 2 ? 'compute1' : null,
    memoryMb: 2048 * (index + 1),
    cpus: 8,
    localGb: 200,
  }));
  await rig.database.prisma.flavor.create({
    data: { flavorid: '7', name: 'seven', memoryMb: 4096, vcpus: 2, rootGb: 10 },
  });
  await rig.startAll();
  python = await startPeer('client', { url: rig.brokerUrl, queues: 'transient' });
});
afterAll(async () => {
  await python.close();
  await rig.close();
});

const ask = (how: 'call' | 'cast', method: string, version: string, args: object) =>
  python.ask({ topic: 'scheduler', version, timeout: 20, do: how, method, args });

const select = (spec: object, properties: object = {}) =>
  ask('call', 'select_destinations', '2.7', {
    request_spec: spec,
    filter_properties: properties,
  });

const seven = { instance_type: { flavorid: '7' } };
const nobody = '6d1f1a1e-0000-4000-8000-000000000000';

const unknown = [
  {
    what: 'host',
    properties: { force_hosts: ['nix'] },
    says: 'Compute host nix could not be found.',
  },
  {
    what: 'node',
    properties: { force_nodes: [nobody] },
    says: `Node ${nobody} could not be found.`,
  },
  {
    what: 'server to be near to',
    properties: { scheduler_hints: { same_rack: [nobody] } },
    says: `Instance ${nobody} could not be found.`,
  },
  {
    what: 'server group',
    properties: { scheduler_hints: { group: [nobody] } },
    says: `Server group ${nobody} could not be found.`,
  },
];

describe('python3-oslo.messaging asks select_destinations', () => {
  test('returns one node per server, best first, and claims none', async () => {
    const spec = { instance_type: { flavorid: '7' }, num_instances: 2 };
    const answer = await select(spec);
    expect(answer).toEqual({
      result: [
        {
          host: 'compute1',
          nodename: nodes[1],
          limits: { memory_mb: 4096, vcpu: 8, disk_gb: 200 },
        },
        {
          // The node was enrolled without a host, so a live host is returned.
          host: 'compute1',
          nodename: nodes[2],
          limits: { memory_mb: 6144, vcpu: 8, disk_gb: 200 },
        },
      ],
    });
    expect(await rig.database.prisma.node.count({ where: { epoch: { gt: 0 } } })).toBe(0);
  });

  test('with its own sizes and conditions', async () => {
    const spec = { instance_type: { memory_mb: 9000, vcpus: 1, root_gb: 1 } };
    expect(await select(spec)).toMatchObject({ result: [{ nodename: nodes[4] }] });
    const retry = { num_attempts: 2, hosts: [[nodes[4], nodes[4]]] };
    expect(await select(spec, { retry })).toMatchObject({ result: [{ nodename: nodes[5] }] });
    const forced = { force_nodes: [nodes[0]] };
    expect(await select(spec, forced)).toMatchObject({ result: [{ nodename: nodes[0] }] });
    const away = { ignore_hosts: ['compute1'] };
    const small = { instance_type: { memory_mb: 512, vcpus: 1, root_gb: 1 } };
    expect(await select(small, away)).toMatchObject({ result: [{ nodename: nodes[2] }] });
  });

  test.each([
    {
      what: 'flavor',
      spec: { instance_type: { flavorid: 'nix' } },
      says: 'Flavor nix could not be found.',
    },
    { what: 'image', spec: { image: { id: 'nix' } }, says: 'Image nix could not be found.' },
    {
      what: 'instance',
      spec: { instance_uuids: ['6d1f1a1e-0000-4000-8000-000000000000'] },
      says: 'Instance 6d1f1a1e-0000-4000-8000-000000000000 could not be found.',
    },
    {
      what: 'flavor by name',
      spec: { instance_type: { name: 'nix', memory_mb: 1 } },
      says: 'Flavor nix could not be found.',
    },
    {
      what: 'zone',
      spec: { ...seven, instance_properties: { availability_zone: 'nix' } },
      says: 'Availability zone nix could not be found.',
    },
    ...unknown.map((each) => ({ ...each, spec: seven })),
  ])('for a $what that does not exist: a named error', async ({ spec, says, ...more }) => {
    const properties = 'properties' in more ? more.properties : {};
    expect(await select(spec, properties)).toMatchObject({
      raised: 'RemoteError',
      type: 'Fault',
      value: says,
    });
  });

  test('a request without sizes: a named error', async () => {
    expect(await select({})).toMatchObject({
      value: 'instance_type: name a flavor (flavorid or name) or give sizes.',
    });
  });

  test("with hints, retries and extra specs in Nova's formats", async () => {
    const [large] = nodes.slice(-1);
    const spec = { instance_type: { flavorid: '7', extra_specs: { 'capabilities:cores': 8 } } };
    await rig.database.prisma.node.update({
      where: { uuid: large! },
      data: { capabilities: { cores: '8' } },
    });
    const hints = { query: [JSON.stringify(['>', '$free_ram_mb', 1])], cidr: ['/24'] };
    const answer = await select(spec, {
      scheduler_hints: hints,
      retry: { num_attempts: 1, hosts: [['compute1', null]] },
      force_nodes: null,
    });
    expect(answer).toMatchObject({ result: [{ nodename: large }] });
    expect(await select(seven, { retry: { hosts: null } })).toHaveProperty('result');
    const forced = { force_nodes: [large!.toUpperCase()] };
    expect(await select(seven, forced)).toMatchObject({ result: [{ nodename: large }] });
  });

  test('too large a request: the reasons', async () => {
    const answer = await select({ instance_type: { memory_mb: 9_000_000 } });
    expect(answer).toMatchObject({ raised: 'RemoteError', type: 'Fault' });
    expect(answer['value']).toMatch(
      /^No valid host was found\. Of 6 nodes, 6 have too little memory \(9000000 MiB asked\): /,
    );
    const several = await select({ instance_type: { memory_mb: 9000 }, num_instances: 3 });
    expect(several['value']).toContain(
      '2 of 3 were found. Of 6 nodes, 2 fit; 4 have too little memory',
    );
  });

  test('a malformed hint: a named error', async () => {
    const answer = await select({}, { scheduler_hints: { same_host: 'nix' } });
    expect(answer).toMatchObject({ type: 'Fault' });
    expect(answer['value']).toContain('same_host');
  });
});

test("python3-oslo.messaging casts run_instance: the server gets a node within the caller's conditions", async () => {
  const server = await askInSilence(rig.database);
  await ask('cast', 'run_instance', '2.9', {
    request_spec: { instance_uuids: [server], instance_type: {}, image: {} },
    filter_properties: { force_nodes: [nodes[5]] },
    admin_password: 'canary-4711',
    injected_files: [],
    requested_networks: null,
    is_first_time: true,
    legacy_bdm_in_spec: false,
  });
  await rig.settled(20_000);
  const { placed } = await verdict(rig, [server]);
  expect([...placed.values()]).toEqual([nodes[5]]);
  const { adminPass } = await rig.database.prisma.instance.findUniqueOrThrow({
    where: { uuid: server },
  });
  expect(adminPass).not.toBeNull();
  expect(adminPass).not.toContain('canary');
});

test('a cast with a malformed hint: only that server is refused, with a named fault', async () => {
  const server = await askInSilence(rig.database);
  await ask('cast', 'run_instance', '2.9', {
    request_spec: { instance_uuids: [server] },
    filter_properties: { scheduler_hints: { same_rack: 'nix' } },
  });
  await rig.settled(20_000);
  const operation = await rig.database.prisma.operation.findFirstOrThrow({
    where: { instanceUuid: server },
  });
  expect(operation).toMatchObject({ awaiting: null, nodeId: null, fault: { code: 'BAD_REQUEST' } });
  expect((operation.fault as { message: string }).message).toContain('same_rack');
});

test.each(unknown)(
  'a cast that names a $what that does not exist: each of its servers is refused by that name',
  async ({ properties, says }) => {
    const { database } = rig;
    const servers = [await askInSilence(database), await askInSilence(database)];
    await ask('cast', 'run_instance', '2.9', {
      request_spec: { instance_uuids: servers },
      filter_properties: properties,
    });
    await rig.settled(20_000);
    const operations = await database.prisma.operation.findMany({
      where: { instanceUuid: { in: servers } },
    });
    expect(operations.map(({ fault }) => (fault as { message: string }).message)).toEqual([
      says,
      says,
    ]);
  },
);

test('explain over the broker: every node with its weights or its rejection, nothing claimed', async () => {
  const { call } = rpcClient(rig.rpc, scheduler, { timeoutMs: 10_000 });
  const question = {
    flavor: { ...tinyFlavor, memory_mb: 4096 },
    image: null,
    project_id: 'p1',
    availability_zone: null,
    forced_host: null,
    forced_node: null,
    hints: {},
    tried: [nodes[2]!],
  };
  const answer = await call.explain({ question, offset: 0, limit: 10 }, requester);
  const names = ({ uuid }: { uuid: string }): string => uuid;
  expect(answer.fit).toBeGreaterThanOrEqual(3);
  expect(answer.judgements.map(names).sort()).toEqual([...nodes].sort());
  expect(answer.judgements[0]).toMatchObject({ uuid: nodes[1], fits: true, rank: 1 });
  expect(answer.judgements.find(({ uuid }) => uuid === nodes[0])).toMatchObject({
    fits: false,
    filter: 'RamFilter',
    detail: '2048 MiB, 2048 MiB short',
  });
  expect(answer.judgements.find(({ uuid }) => uuid === nodes[2])).toMatchObject({
    filter: 'RetryFilter',
  });
  expect(answer.text).toContain(
    'of the 6 nodes fit flavor tiny (1 CPU, 4096 MiB of memory, 4 GiB of disk)',
  );
  const narrowed = {
    ...question,
    filter_properties: {
      scheduler_hints: { query: ['=', '$hypervisor_hostname', nodes[3]] },
      retry: { hosts: [['h1', nodes[3]!] as [string, string]] },
    },
  };
  const { judgements } = await call.explain(
    { question: narrowed, offset: 0, limit: 10 },
    requester,
  );
  expect(judgements.map(({ uuid, filter }) => [uuid, filter])).toEqual(
    expect.arrayContaining([
      [nodes[3], 'RetryFilter'],
      [nodes[4], 'JsonFilter'],
    ]),
  );
  const strange = { ...question, hints: { group: randomUUID() } };
  expect((await call.explain({ question: strange, offset: 0, limit: 0 }, requester)).nodes).toBe(6);
});

test("a caller's conditions hold for later attempts too", async () => {
  const { prisma } = rig.database;
  const server = await askInSilence(rig.database);
  const where = { instanceUuid: server };
  const uuid = nodes[4]!;
  await prisma.node.update({ where: { uuid }, data: { maintenance: true } });
  await ask('cast', 'run_instance', '2.9', {
    request_spec: { instance_uuids: [server] },
    filter_properties: { force_nodes: [uuid], instance_type: { extra: 'not kept' } },
  });
  await rig.settled(20_000);
  const [refused] = await prisma.operation.findMany({ where });
  expect(refused).toMatchObject({
    fault: { code: 'NO_VALID_HOST' },
    filterProperties: { force_nodes: [uuid] },
  });
  expect(JSON.stringify(refused!.filterProperties)).not.toContain('not kept');

  await prisma.node.update({ where: { uuid }, data: { maintenance: false } });
  await prisma.operation.updateMany({
    where,
    data: { awaiting: 'claim', attempt: 2, fault: DbNull },
  });
  const { cast } = rpcClient(rig.rpc, scheduler, { timeoutMs: 10_000 });
  await cast.runInstance({ request_spec: { instance_uuids: [server] } }, requester);
  await rig.settled(20_000);
  const { placed } = await verdict(rig, [server]);
  expect([...placed.values()]).toEqual([uuid]);
});

test('a server with an unreadable row does not block the others', async () => {
  const { database } = rig;
  const [odd, plain] = [await askInSilence(database), await askInSilence(database)];
  await database.prisma.instance.update({ where: { uuid: odd }, data: { flavor: {} } });
  await ask('cast', 'run_instance', '2.9', { request_spec: { instance_uuids: [odd, plain] } });
  await waitFor(() => database.prisma.node.findFirst({ where: { instanceUuid: plain } }), {
    timeoutMs: 20_000,
    what: 'the second server to be placed',
  });
  await database.prisma.instance.update({ where: { uuid: odd }, data: { flavor: tinyFlavor } });
  await rig.settled(30_000);
  expect((await verdict(rig, [odd, plain])).placed.size).toBe(2);
});

test("servers join the caller's group and are kept apart by its policy", async () => {
  const { prisma } = rig.database;
  const group = await serverGroup(rig.database, 'anti-affinity');
  const servers = [await askInSilence(rig.database), await askInSilence(rig.database)];
  for (const server of servers) {
    await ask('cast', 'run_instance', '2.9', {
      request_spec: { instance_uuids: [server] },
      filter_properties: { scheduler_hints: { group: [group] } },
    });
  }
  await rig.settled(20_000);
  const rows = await prisma.instance.findMany({ where: { uuid: { in: servers } } });
  expect(rows.map(({ serverGroupId }) => serverGroupId)).toEqual([group, group]);
  // All nodes are in one rack.
  const { placed, refused } = await verdict(rig, servers);
  expect([placed.size, refused.size]).toEqual([1, 1]);
  expect([...refused.values()][0]).toContain('anti-affinity');
});

test('a caller can neither widen an administrator’s choice nor change the group', async () => {
  const { database } = rig;
  const [own, other] = [
    await serverGroup(database, 'affinity'),
    await serverGroup(database, 'affinity'),
  ];
  const forced = await askInSilence(database, { row: { forcedNode: nodes[0]! } });
  const grouped = await askInSilence(database, { group: own });
  const cast = (server: string, properties: object) =>
    ask('cast', 'run_instance', '2.9', {
      request_spec: { instance_uuids: [server] },
      filter_properties: properties,
    });
  await cast(forced, { force_nodes: [nodes[1]] });
  await cast(grouped, { scheduler_hints: { group: other } });
  await rig.settled(20_000);
  const said = async (server: string) =>
    (await database.prisma.operation.findFirst({ where: { instanceUuid: server } }))?.fault;
  expect(await said(forced)).toMatchObject({
    code: 'BAD_REQUEST',
    message: expect.stringContaining(`is forced to node ${nodes[0]!}`) as string,
  });
  expect(await said(grouped)).toMatchObject({
    code: 'BAD_REQUEST',
    message: expect.stringContaining(`is in group ${own}`) as string,
  });
});
