// Each route answers once, and what it answers is what its document says.
import { power, scheduler } from '@metalcast/contracts';
import { inMemoryRpc, type RpcConnection } from '@metalcast/rpc';
import { serve, type RpcServer } from '@metalcast/rpc/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { documentOf } from '../../../services/api/src/openapi/document.js';
import { adminPassword, request, type Answer } from './api-process.js';
import { Documented } from './documented.js';
import { addComputeHost, seenIn, startServerRig, type ServerRig } from './server-rig.js';

const publicUrl = 'http://cloud.example';
let rig: ServerRig;
let documented: Documented;
let rpc: RpcConnection;
const servers: RpcServer[] = [];

beforeAll(async () => {
  rig = await startServerRig({ publicUrl });
  documented = await Documented.of(rig.api.url);
  rpc = inMemoryRpc(rig.api.broker, { host: 'all' });
  await addComputeHost(rig.api, 'h1');
  const explanation = { nodes: 0, fit: 0, text: '', refusals: [], judgements: [], next: null };
  servers.push(
    await serve(rpc, scheduler, {
      runInstance: () => Promise.resolve(),
      selectDestinations: () => Promise.resolve([]),
      explain: () => Promise.resolve(explanation),
    }),
    await serve(rpc, power, {
      set: () => Promise.resolve(),
      get: () => Promise.resolve({ power: 'on' }),
    }),
  );
});
afterAll(async () => {
  await Promise.all(servers.map((server) => server.close()));
  await rpc.close();
  await rig.close();
});

interface Sending {
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  readonly token?: string | null;
}

/** A request that is not refused, and whose answer is as documented. */
async function ask(
  method: string,
  path: string,
  { body, headers, token = rig.api.admin }: Sending = {},
): Promise<Answer> {
  const answer = await request(`${rig.api.url}${path}`, method, {
    ...(token === null ? {} : { token }),
    ...(body === undefined ? {} : { body }),
    ...(headers === undefined ? {} : { headers }),
  });
  expect(`${path} ${answer.status} ${JSON.stringify(answer.body)}`).toMatch(/^\S+ [23]/);
  expect(documented.mismatch(method, path, answer)).toBeUndefined();
  return answer;
}

async function askAll(...paths: readonly string[]): Promise<void> {
  for (const path of paths) await ask('GET', path);
}

const latest = { headers: { 'openstack-api-version': 'compute latest' } };

test.each(['compute', 'identity', 'image', 'network', 'metalcast'] as const)(
  'the document of the %s API says where the API is',
  async (api) => {
    const { body } = await ask('GET', `/${api}/openapi.json`, { token: null });
    expect(body).toEqual(JSON.parse(JSON.stringify(documentOf(api, publicUrl))));
  },
);

test('an API that is not there has no document', async () => {
  expect((await request(`${rig.api.url}/volume/openapi.json`, 'GET')).status).toBe(404);
});

test('versions and documents, without a token', async () => {
  const paths = [
    '/',
    '/openapi.json',
    '/identity',
    '/identity/v3',
    '/image',
    '/image/versions',
    '/image/v2/schemas/image',
    '/network',
    '/network/v2.0',
    '/compute',
    '/compute/v2.1',
    '/metalcast',
  ];
  for (const path of paths) await ask('GET', path, { token: null });
});

test.each(['/%63ompute/openapi.json', '/compute/openapi%2Ejson'])(
  'a document is found by each spelling of its path: %s',
  async (path) => {
    const usual = await request(`${rig.api.url}/compute/openapi.json`, 'GET', {});
    const answer = await request(`${rig.api.url}${path}`, 'GET', {});
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual(usual.body);
  },
);

test('identity', async () => {
  const user = { name: 'admin', domain: { id: 'default' }, password: adminPassword };
  const auth = { identity: { methods: ['password'], password: { user } } };
  const body = { auth };
  const { body: session } = await ask('POST', '/identity/v3/auth/tokens', { body, token: null });
  const headers = { 'x-subject-token': rig.api.service };
  await ask('GET', '/identity/v3/auth/tokens', { headers });
  const { user: me, project } = session.token;
  await askAll(
    '/identity/v3/auth/catalog',
    '/identity/v3/auth/projects',
    '/identity/v3/users?limit=1',
    `/identity/v3/users/${me.id}`,
    '/identity/v3/projects',
    `/identity/v3/projects/${project.id}`,
    '/identity/v3/roles',
    '/identity/v3/roles/admin',
    '/identity/v3/domains',
    '/identity/v3/domains/default',
  );
  const lost = await ask('POST', '/identity/v3/auth/tokens', { body, token: null });
  const ended = { 'x-subject-token': lost.headers.get('x-subject-token') ?? '' };
  await ask('DELETE', '/identity/v3/auth/tokens', { headers: ended });
});

test('images', async () => {
  const images = '/image/v2/images';
  const image = { name: 'i', disk_format: 'ari', container_format: 'ari', tags: ['t'], mine: 'x' };
  const { body } = await ask('POST', images, { body: image });
  const one = `${images}/${body.id}`;
  await askAll(one, `${images}?limit=1`, `${one}/file`);
  const bytes = { 'content-type': 'application/octet-stream' };
  await ask('PUT', `${one}/file`, { body: 'x'.repeat(512), headers: bytes });
  await ask('GET', `${one}/file`);
  await ask('GET', `${one}/file`, { headers: { range: 'bytes=0-9' } });
  const type = { 'content-type': 'application/openstack-images-v2.1-json-patch' };
  const patch = [{ op: 'add', path: '/os', value: 'debian' }];
  await ask('PATCH', one, { body: JSON.stringify(patch), headers: type });
  for (const name of ['deactivate', 'reactivate']) {
    await ask('POST', `${one}/actions/${name}`);
  }
  await ask('PUT', `${one}/tags/u`);
  await ask('DELETE', `${one}/tags/u`);
  await ask('DELETE', one);
});

test('networks', async () => {
  const base = '/network/v2.0';
  const made = await ask('POST', `${base}/networks`, { body: { network: { name: 'n' } } });
  const id = made.body.network.id;
  const subnet = {
    network_id: id,
    cidr: '10.98.0.0/24',
    ip_version: 4,
    dns_nameservers: ['9.9.9.9'],
  };
  const within = (await ask('POST', `${base}/subnets`, { body: { subnet } })).body.subnet.id;
  const ports = [{ network_id: id }, { network_id: id }];
  const [port] = (await ask('POST', `${base}/ports`, { body: { ports } })).body.ports;
  await ask('PUT', `${base}/networks/${id}`, { body: { network: { mtu: 1400 } } });
  await ask('PUT', `${base}/subnets/${within}`, { body: { subnet: { name: 's' } } });
  await ask('PUT', `${base}/ports/${port!.id}`, { body: { port: { name: 'p' } } });
  await askAll(
    `${base}/networks?limit=1`,
    `${base}/networks?fields=id`,
    `${base}/networks/${id}`,
    `${base}/subnets`,
    `${base}/subnets/${within}`,
    `${base}/ports`,
    `${base}/ports/${port!.id}`,
    `${base}/extensions`,
    `${base}/extensions/quotas`,
    `${base}/quotas/p`,
    `${base}/quotas/p/default`,
  );
  await ask('DELETE', `${base}/ports/${port!.id}`);
  await rig.api.database.prisma.port.deleteMany({ where: { networkId: id } });
  await ask('DELETE', `${base}/subnets/${within}`);
  await ask('DELETE', `${base}/networks/${id}`);
});

test('servers', async () => {
  const base = '/compute/v2.1/servers';
  const server = { name: 'web', flavorRef: 'small', imageRef: rig.image, metadata: { a: 'b' } };
  const { body } = await ask('POST', base, { body: { server } });
  const one = `${base}/${(body as unknown as { server: { id: string } }).server.id}`;
  const many = { ...server, min_count: 2, return_reservation_id: true };
  await ask('POST', base, { body: { server: many } });
  await askAll(base, `${base}?limit=1`, `${base}/detail`, one);
  await ask('GET', one, latest);
  await failed(one);
  await ask('GET', one, latest);
  const { body: done } = await ask('GET', `${one}/os-instance-actions`);
  const [first] = (done as unknown as { instanceActions: { request_id: string }[] })
    .instanceActions;
  await ask('GET', `${one}/os-instance-actions/${first!.request_id}`);
  const uuid = one.slice(base.length + 1);
  await askAll(`/metalcast/v1/servers/${uuid}/operations`, `/metalcast/v1/events/${uuid}`);
  await running(uuid);
  await askAll(
    `${one}/os-security-groups`,
    '/compute/v2.1/os-simple-tenant-usage?detailed=1&start=2020-01-01',
    `/compute/v2.1/os-simple-tenant-usage/${await adminProject()}?start=2020-01-01`,
    '/compute/v2.1/os-simple-tenant-usage/nobody',
  );
  await ask('POST', `${one}/action`, { body: { reboot: { type: 'HARD' } } });
  await ask('DELETE', await another(base, server));
});

async function adminProject(): Promise<string> {
  const { prisma } = rig.api.database;
  return (await prisma.project.findUniqueOrThrow({ where: { name: 'admin' } })).id;
}

/** Built, on a node. */
async function running(uuid: string): Promise<void> {
  const { prisma } = rig.api.database;
  const nodeUuid = await rig.enrol({ name: 'runs-one' });
  await prisma.operation.updateMany({
    where: { instanceUuid: uuid },
    data: { state: 'succeeded', finishedAt: new Date() },
  });
  await prisma.instance.update({
    where: { uuid },
    data: {
      vmState: 'active',
      taskState: null,
      launchedAt: new Date(),
      host: 'h1',
      node: nodeUuid,
    },
  });
  await prisma.node.update({
    where: { uuid: nodeUuid },
    data: { instanceUuid: uuid, taskState: 'active' },
  });
}

/** As after a build that failed, with an address that it got. */
async function failed(path: string): Promise<void> {
  const uuid = path.split('/').at(-1)!;
  const { prisma } = rig.api.database;
  const fault = { code: 'POWER_REFUSED', message: 'It refused.', evidence: ['x'] };
  await prisma.instance.update({
    where: { uuid },
    data: { vmState: 'error', taskState: null, fault },
  });
  const network = await prisma.network.findFirstOrThrow();
  const body = { port: { network_id: network.id } };
  const { body: made } = await ask('POST', '/network/v2.0/ports', { body });
  await prisma.port.update({ where: { id: made.port.id }, data: { deviceId: uuid } });
}

async function another(base: string, server: object): Promise<string> {
  const answer = await ask('POST', base, { body: { server } });
  return `${base}/${seenIn(answer, 'server').id}`;
}

test('what servers are asked for by', async () => {
  const base = '/compute/v2.1';
  const flavor = { name: 'tiny', ram: 64, vcpus: 1, disk: 1, id: 'tiny', swap: 1 };
  await ask('POST', `${base}/flavors`, { body: { flavor } });
  const specs = { extra_specs: { 'trait:HW_GPU': 'required' } };
  await ask('POST', `${base}/flavors/tiny/os-extra_specs`, { body: specs });
  await ask('PUT', `${base}/flavors/tiny/os-extra_specs/a:b`, { body: { 'a:b': 'c' } });
  await askAll(
    `${base}/flavors`,
    `${base}/flavors?limit=1`,
    `${base}/flavors/detail`,
    `${base}/flavors/tiny`,
    `${base}/flavors/tiny/os-extra_specs`,
    `${base}/flavors/tiny/os-extra_specs/a:b`,
  );
  await ask('DELETE', `${base}/flavors/tiny/os-extra_specs/a:b`);
  const hidden = { ...flavor, name: 'hidden', id: 'hidden', 'os-flavor-access:is_public': false };
  await ask('POST', `${base}/flavors`, { body: { flavor: hidden } });
  const access = { addTenantAccess: { tenant: await adminProject() } };
  await ask('POST', `${base}/flavors/hidden/action`, { body: access });
  await askAll(`${base}/flavors/hidden/os-flavor-access`);
  await ask('DELETE', `${base}/flavors/tiny`);
  await ask('POST', `${base}/os-keypairs`, { body: { keypair: { name: 'k' } } });
  await ask('POST', `${base}/os-keypairs`, { body: { keypair: { name: 'l' } }, ...latest });
  await askAll(`${base}/os-keypairs`, `${base}/os-keypairs/k`);
  await ask('GET', `${base}/os-keypairs`, latest);
  await ask('DELETE', `${base}/os-keypairs/k`);
  await ask('DELETE', `${base}/os-keypairs/l`, latest);
  const group = { name: 'g', policies: ['anti-affinity'] };
  const made = await ask('POST', `${base}/os-server-groups`, { body: { server_group: group } });
  const { id } = seenIn(made, 'server_group');
  await askAll(`${base}/os-server-groups`, `${base}/os-server-groups/${id}`);
  await ask('GET', `${base}/os-server-groups`, latest);
  await ask('DELETE', `${base}/os-server-groups/${id}`);
  await askAll(
    `${base}/os-availability-zone`,
    `${base}/os-availability-zone/detail`,
    `${base}/limits`,
    `${base}/extensions`,
    `${base}/extensions/os-keypairs`,
    `${base}/os-quota-sets/p`,
    `${base}/os-quota-sets/p/defaults`,
    `${base}/os-quota-sets/p/detail`,
    `${base}/os-security-groups`,
    `${base}/os-security-groups/default`,
  );
});

test('nodes as compute shows them', async () => {
  const base = '/compute/v2.1';
  const uuid = await rig.enrol({ name: 'shown' });
  const bmc = { pm_address: '10.1.2.3', pm_user: 'u', pm_password: 'p' };
  const node = { service_host: 'h1', cpus: 1, memory_mb: 1, local_gb: 1, ...bmc };
  const made = await ask('POST', `${base}/os-baremetal-nodes`, { body: { node } });
  const one = `${base}/os-baremetal-nodes/${seenIn(made, 'node').id}`;
  const address = '52:54:00:00:00:77';
  await ask('POST', `${one}/action`, { body: { add_interface: { address } } });
  await askAll(`${base}/os-baremetal-nodes`, `${base}/os-baremetal-nodes?limit=1`, one);
  await ask('POST', `${one}/action`, { body: { remove_interface: { address } } });
  await ask('DELETE', one);
  await askAll(
    `${base}/os-hypervisors`,
    `${base}/os-hypervisors/detail`,
    `${base}/os-hypervisors/statistics`,
    `${base}/os-hypervisors/${uuid}`,
    `${base}/os-hypervisors/${uuid}/search`,
    `${base}/os-hypervisors/-/servers`,
    `${base}/os-services`,
    `${base}/os-hosts`,
    `${base}/os-hosts/h1`,
  );
  await ask('GET', `${base}/os-hypervisors/detail?limit=1`, latest);
  await ask('GET', `${base}/os-services`, latest);
  const service = { host: 'h1', binary: 'nova-compute', disabled_reason: 'x' };
  await ask('PUT', `${base}/os-services/disable-log-reason`, { body: service });
  const enabled = { host: 'h1', binary: 'nova-compute' };
  await ask('PUT', `${base}/os-services/enable`, { body: enabled });
});

test('aggregates', async () => {
  const base = '/compute/v2.1/os-aggregates';
  const aggregate = { name: 'a', availability_zone: 'z' };
  const made = await ask('POST', base, { body: { aggregate } });
  const one = `${base}/${seenIn(made, 'aggregate').id}`;
  await ask('POST', `${one}/action`, { body: { add_host: { host: 'h1' } } });
  await ask('POST', `${one}/action`, { body: { set_metadata: { metadata: { a: 'b' } } } });
  await ask('PUT', one, { body: { aggregate: { name: 'b' } } });
  await askAll(base, one, '/compute/v2.1/os-availability-zone/detail');
  await ask('POST', `${one}/action`, { body: { remove_host: { host: 'h1' } } });
  await ask('DELETE', one);
});

test("nodes in Metalcast's own API", async () => {
  const base = '/metalcast/v1/nodes';
  const size = { cpus: 1, memory_mb: 1024, local_gb: 10 };
  const hints = { root_device: { name: '/dev/sda' }, keep_disks: [{ name: '/dev/sdb' }] };
  const power = (n: number) => ({ driver: 'fake', address: `http://127.0.0.1:9/${n}` });
  const node = { ...size, ...hints, name: 'own', power: power(1), capabilities: { a: { b: 1 } } };
  await ask('POST', base, { body: { node } });
  await ask('PATCH', `${base}/own`, { body: { node: { rack: 'r', traits: ['HW_GPU'] } } });
  const nic = { address: '52:54:00:00:00:78' };
  await ask('POST', `${base}/own/interfaces`, { body: { interface: nic } });
  await ask('DELETE', `${base}/own/interfaces/${nic.address}`);
  const batch = [{ ...size, name: 'one', power: power(2) }, { name: 'bad' }];
  await ask('POST', `${base}:batch`, { body: { nodes: batch } });
  const changes = [{ node: 'one', changes: { maintenance: true, maintenance_reason: 'x' } }];
  await ask('PATCH', `${base}:batch`, { body: { nodes: changes } });
  await askAll(base, `${base}?limit=1`, `${base}/own`, `${base}/own/power`);
  await ask('POST', `${base}/own/power`, { body: { target: 'on' } });
  const { prisma } = rig.api.database;
  const { id: nodeId } = await prisma.node.findFirstOrThrow({ where: { name: 'own' } });
  const command = { key: 'shown', nodeId, epoch: 0, address: '', target: 'on', requestId: 'r' };
  await prisma.powerCommand.create({ data: { ...command, deadlineAt: new Date() } });
  await askAll(`${base}/own`, `${base}/own/power/commands/shown`);
  await ask('POST', `${base}:remove`, { body: { nodes: ['one'] } });
  await ask('DELETE', `${base}/own`);
  await ask('POST', '/metalcast/v1/explain', { body: { explain: { flavor: 'small' } } });
});

test('every operation has answered, in each way in which it does not refuse', () => {
  const expected = documented.operations.flatMap(({ id, statuses }) =>
    statuses.map((status) => `${id} ${status}`),
  );
  expect(expected.filter((one) => !documented.seen.has(one))).toEqual([]);
  expect(expected.length).toBeGreaterThan(100);
});
