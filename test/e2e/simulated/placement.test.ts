import { randomUUID } from 'node:crypto';
import { waitFor } from '@metalcast/testing';
import { Cloud } from '@metalcast/simulated-cloud';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { requireOslo, startPeer } from '../../integration/rpc/oslo-peer.js';

const names = ['node1', 'node2', 'node3', 'node4'] as const;
type Name = (typeof names)[number];

/** A notification as its listener prints it. */
interface Notification {
  readonly priority: 'info' | 'error';
  readonly event_type: string;
  readonly timestamp: string;
  readonly payload: {
    readonly instance_id?: string;
    readonly 'nova_object.data'?: { readonly uuid: string };
  };
}

let cloud: Cloud;
let image: string;
const servers: string[] = [];

beforeAll(async () => {
  requireOslo();
  cloud = await Cloud.start({ nodes: names.length });
  const answer = await cloud.session.request({ api: 'image', path: '/v2/images?name=simulated' });
  image = (answer as { images: { id: string }[] }).images[0]!.id;
  const flavor = { id: 'tiny', name: 'tiny', ram: 64, vcpus: 1, disk: 1 };
  const body = { flavor };
  await cloud.session.request({ api: 'compute', method: 'POST', path: '/flavors', body });
});

afterEach(async () => {
  await cloud.machines.repairAll();
  const ids = servers.splice(0);
  await Promise.all(ids.map((id) => cloud.delete(id)));
  await Promise.all(ids.map((id) => cloud.deleted(id)));
});

afterAll(async () => {
  await cloud.close();
});

/** Makes only these nodes available to the schedulers. */
async function offer(...offered: readonly Name[]): Promise<void> {
  for (const name of names) {
    const body = { node: { maintenance: !offered.includes(name) } };
    await cloud.session.request({
      api: 'metalcast',
      method: 'PATCH',
      path: `/nodes/${name}`,
      body,
    });
  }
}

/** Requests `count` servers in one request; returns their ids. */
async function ask(flavorRef: string, count: number): Promise<string[]> {
  const name = `many-${randomUUID().slice(0, 8)}`;
  const server = { name, imageRef: image, flavorRef, min_count: 1, max_count: count };
  const body = { server: { ...server, return_reservation_id: true } };
  const answer = await cloud.session.request({
    api: 'compute',
    method: 'POST',
    path: '/servers',
    body,
  });
  const { reservation_id: reservationId } = answer as { reservation_id: string };
  const rows = await cloud.database.prisma.instance.findMany({ where: { reservationId } });
  expect(new Set(rows.map(({ displayName }) => displayName)).size).toBe(count);
  expect(rows.every(({ displayName }) => displayName.startsWith(name))).toBe(true);
  servers.push(...rows.map(({ uuid }) => uuid));
  return rows.map(({ uuid }) => uuid);
}

const built = (ids: readonly string[]): ReturnType<Cloud['built']>[] =>
  ids.map((id) => cloud.built(id));

/** Starts a build on this node; the other nodes become available before the build continues. */
async function buildFirstOn(first: Name): Promise<string> {
  await offer(first);
  await cloud.kill('power');
  const [id] = await ask('simulated', 1);
  await cloud.stepBegun(id!, 'powerCycleToNetwork');
  await offer(...names);
  await cloud.restart('power');
  return id!;
}

const nodeNamed = async (name: Name) =>
  cloud.database.prisma.node.findUniqueOrThrow({ where: { name }, include: { interfaces: true } });

async function eventsOf(subject: string, type: string): Promise<unknown[]> {
  const where = { subject, type };
  const events = await cloud.database.prisma.event.findMany({ where, orderBy: { n: 'asc' } });
  return events.map(({ data }) => data);
}

/** Checks that nothing of a failed build is left with the node and that its machine is off. */
async function expectFree(name: Name): Promise<void> {
  const { id, ...node } = await nodeNamed(name);
  expect(node).toMatchObject({
    taskState: 'deleted',
    instanceUuid: null,
    operationId: null,
    bootMode: 'none',
    interfaces: [{ vifUuid: null }],
  });
  expect(await cloud.database.prisma.port.count({ where: { reservedFor: id } })).toBe(0);
  expect(await cloud.machines.see(name)).toMatchObject({ power: 'off', stage: 'off' });
}

test('without any node: ERROR, with the reason', async () => {
  await offer();
  const [server] = await Promise.all(built(await ask('simulated', 1)));
  expect(server?.status).toBe('ERROR');
  expect(server?.fault?.message).toMatch(/^No valid host was found\. .*maintenance/);
});

test('a request during the restart of the only compute service waits for it', async () => {
  await offer('node1');
  await cloud.stop('compute');
  const path = '/os-services?binary=nova-compute';
  const { services } = (await cloud.session.request({ api: 'compute', path })) as {
    services: { state: string }[];
  };
  expect(services.map(({ state }) => state)).toEqual(['down']);
  const ids = await ask('simulated', 1);
  const isClaimed = async (): Promise<boolean> =>
    (await nodeNamed('node1')).instanceUuid === ids[0];
  await waitFor(isClaimed, { timeoutMs: 20_000, what: 'the node to be claimed' });
  await cloud.restart('compute');
  const [server] = await Promise.all(built(ids));
  expect(server?.status).toBe('ACTIVE');
});

test('20 requests for one node: one of them gets the whole node, and even the smallest other gets none', async () => {
  await offer('node1');
  const requests = await Promise.all(Array.from({ length: 20 }, () => ask('simulated', 1)));
  const answers = await Promise.all(built(requests.flat()));
  const active = answers.filter(({ status }) => status === 'ACTIVE');
  expect(active).toHaveLength(1);
  expect(answers.filter(({ status }) => status === 'ERROR')).toHaveLength(19);
  const { uuid } = await nodeNamed('node1');
  expect(active[0]?.['OS-EXT-SRV-ATTR:hypervisor_hostname']).toBe(uuid);

  const path = '/os-hypervisors/detail';
  const { hypervisors } = (await cloud.session.request({ api: 'compute', path })) as {
    hypervisors: Record<string, unknown>[];
  };
  const used = hypervisors.find((each) => each['hypervisor_hostname'] === uuid);
  expect(used).toMatchObject({ memory_mb_used: used?.['memory_mb'], running_vms: 1 });
  const [tiny] = await Promise.all(built(await ask('tiny', 1)));
  expect(tiny?.fault?.message).toMatch(/^No valid host was found\./);
});

test('three servers in one request: three nodes', async () => {
  await offer('node1', 'node2', 'node3');
  const answers = await Promise.all(built(await ask('simulated', 3)));
  expect(answers.map(({ status }) => status)).toEqual(['ACTIVE', 'ACTIVE', 'ACTIVE']);
  const nodes = answers.map((each) => each['OS-EXT-SRV-ATTR:hypervisor_hostname']);
  expect(new Set(nodes).size).toBe(3);
});

test('three servers in one request and two nodes: two are built, one gets the reason', async () => {
  await offer('node3', 'node4');
  const answers = await Promise.all(built(await ask('simulated', 3)));
  expect(answers.map(({ status }) => status).sort()).toEqual(['ACTIVE', 'ACTIVE', 'ERROR']);
  const refused = answers.find(({ status }) => status === 'ERROR');
  expect(refused?.fault?.message).toMatch(/^No valid host was found\./);
});

test('a BMC that refuses: the server is built on another node, the first one is free and off', async () => {
  await cloud.machines.breakBmc('node2', { refuse: ['on'] });
  const id = await buildFirstOn('node2');
  const server = await cloud.built(id);
  const bad = await nodeNamed('node2');
  expect(server).toMatchObject({ status: 'ACTIVE' });
  expect(server['OS-EXT-SRV-ATTR:hypervisor_hostname']).not.toBe(bad.uuid);
  expect(await eventsOf(id, 'instance.rescheduled')).toMatchObject([
    { node: bad.uuid, fault: { code: 'POWER_REFUSED' } },
  ]);
  expect(await eventsOf(id, 'instance.active')).toHaveLength(1);
  expect(bad.failures).toBe(1);
  await expectFree('node2');
});

test('a listener of OpenStack notifications that connects later receives both nodes', async () => {
  await cloud.machines.breakBmc('node1', { refuse: ['on'] });
  const id = await buildFirstOn('node1');
  expect(await cloud.built(id)).toMatchObject({ status: 'ACTIVE' });
  const told = ['create.start', 'create.error', 'create.start', 'create.end'];
  const heard = await hearOf(id, 2 * told.length);
  const [bad, good] = (await cloud.nodes()).filter(
    ({ name, instance_uuid: uuid }) => name === 'node1' || uuid === id,
  );
  const unversioned = heard.filter(({ payload }) => payload.instance_id === id);
  expect(unversioned).toMatchObject([
    { priority: 'info', payload: { node: null } },
    { priority: 'error', payload: { node: bad!.uuid } },
    { priority: 'info', payload: { node: null } },
    { priority: 'info', payload: { node: good!.uuid } },
  ]);
  expect(unversioned.map(typeOf)).toEqual(told.map((action) => `compute.instance.${action}`));
  const versioned = heard.filter((each) => !unversioned.includes(each));
  expect(versioned.map(typeOf)).toEqual(told.map((action) => `instance.${action}`));
});

/** The first `count` notifications about the server, oldest first. Unread notifications wait in their queues. */
async function hearOf(id: string, count: number): Promise<Notification[]> {
  const queues = { url: cloud.brokerUrl, queues: 'transient' } as const;
  const listener = await startPeer('listener', queues, 'notifications,versioned_notifications');
  const heard: Notification[] = [];
  while (heard.length < count) {
    const next = (await listener.heard()) as unknown as Notification;
    if ([next.payload.instance_id, next.payload['nova_object.data']?.uuid].includes(id)) {
      heard.push(next);
    }
  }
  await listener.close();
  return heard.sort((one, other) => one.timestamp.localeCompare(other.timestamp));
}

const typeOf = ({ event_type: type }: Notification): string => type;

test('a disk that can’t be written: deploy failed, and the server is built on another node', async () => {
  await cloud.machines.break('node3', { refusesWrites: true });
  const id = await buildFirstOn('node3');
  expect(await cloud.built(id)).toMatchObject({ status: 'ACTIVE' });
  const bad = await nodeNamed('node3');
  expect(await eventsOf(id, 'instance.rescheduled')).toMatchObject([
    { node: bad.uuid, fault: { code: 'WRITE_FAILED' } },
  ]);
  const states = (await eventsOf(bad.uuid, 'node.state')) as { to: string }[];
  expect(states.slice(-4).map(({ to }) => to)).toEqual([
    'building',
    'deploying',
    'deploy failed',
    'deleted',
  ]);
  await expectFree('node3');
});

test('four bad nodes: three attempts, and the server lists their faults', async () => {
  await offer(...names);
  await Promise.all(names.map((name) => cloud.machines.breakBmc(name, { refuse: ['on'] })));
  const [id] = await ask('simulated', 1);
  const { status, fault } = await cloud.built(id!);
  expect(status).toBe('ERROR');
  expect(fault?.message).toContain(`Exceeded max scheduling attempts 3 for instance ${id!}`);
  const { nodes_tried: tried, attempt } = await cloud.operation(id!);
  expect([new Set(tried.map(({ name }) => name)).size, attempt]).toEqual([3, 3]);
  for (const { name } of tried) {
    expect(fault?.message).toContain(`${name}: POWER_REFUSED`);
    await expectFree(name as Name);
  }
});
