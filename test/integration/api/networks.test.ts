import { randomUUID } from 'node:crypto';
import type { Prisma, Queries } from '@metalcast/db';
import {
  allocatePort,
  plugServer,
  releasePorts,
  releaseReservedPorts,
  reservePorts,
} from '@metalcast/db/network';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  addMember,
  request,
  startApiProcess,
  type Answer,
  type ApiProcess,
} from './api-process.js';

let api: ApiProcess;
let member: string;
let networkId: string;

beforeAll(async () => {
  api = await startApiProcess();
  member = await addMember(api, 'alice');
});
afterAll(() => api.close());

beforeEach(async () => {
  const { prisma } = api.database;
  await prisma.port.deleteMany();
  await prisma.subnet.deleteMany();
  await prisma.network.deleteMany();
  const { body } = await post('networks', { network: { name: 'flat', shared: true } });
  networkId = body.network.id;
});

const at = (path: string): string => `${api.url}/network/v2.0/${path}`;
const post = (path: string, body: unknown, token = api.admin): Promise<Answer> =>
  request(at(path), 'POST', { token, body });
const get = (path: string, token = api.admin): Promise<Answer> =>
  request(at(path), 'GET', { token });
const remove = (path: string, token = api.admin): Promise<Answer> =>
  request(at(path), 'DELETE', { token });

const newSubnet = (fields: object = {}): Promise<Answer> =>
  post('subnets', {
    subnet: { network_id: networkId, cidr: '10.99.0.0/29', ip_version: 4, ...fields },
  });
const newPort = (fields: object = {}, token = api.admin): Promise<Answer> =>
  post('ports', { port: { network_id: networkId, ...fields } }, token);

test('a network, by its id and by its name', async () => {
  const { body } = await get(`networks/${networkId}`);
  expect(body.network).toMatchObject({
    id: networkId,
    name: 'flat',
    admin_state_up: true,
    status: 'ACTIVE',
    shared: true,
    mtu: 1500,
    subnets: [],
    'provider:network_type': 'flat',
    'router:external': false,
  });
  const byName = await get('networks/flat');
  expect(byName.status).toBe(404);
  expect(byName.body).toEqual({
    NeutronError: {
      type: 'NetworkNotFound',
      message: 'Network flat could not be found.',
      detail: '',
    },
  });
  const found = await get('networks?name=flat');
  expect(found.body.networks.map(({ id }) => id)).toEqual([networkId]);
  expect((await get('networks?name=other')).body.networks).toEqual([]);
  expect((await get('networks', member)).body.networks[0]).not.toHaveProperty(
    'provider:network_type',
  );
  const renamed = await request(at(`networks/${networkId}`), 'PUT', {
    token: api.admin,
    body: { network: { name: 'wire' } },
  });
  expect(renamed.body.network.name).toBe('wire');
});

test('a network is its project’s alone, unless it is shared by request', async () => {
  const { body } = await post('networks', { network: { name: 'private' } });
  expect(body.network).toMatchObject({ shared: false });
  expect((await get(`networks/${body.network.id}`, member)).status).toBe(404);
});

test('descriptions of networks, subnets and ports are kept, changed and searched by', async () => {
  const made = {
    networks: await post('networks', { network: { name: 'n', description: 'first' } }),
    subnets: await newSubnet({ description: 'first' }),
    ports: await newPort({ description: 'first' }),
  };
  for (const [list, { body }] of Object.entries(made)) {
    const one = list.slice(0, -1);
    const { id } = (body as unknown as Record<string, { id: string }>)[one]!;
    expect(body).toMatchObject({ [one]: { description: 'first' } });
    const changed = await request(at(`${list}/${id}`), 'PUT', {
      token: api.admin,
      body: { [one]: { description: 'second' } },
    });
    expect(changed.body).toMatchObject({ [one]: { description: 'second' } });
    const found = await get(`${list}?description=second`);
    expect(found.body).toMatchObject({ [list]: [{ id, description: 'second' }] });
  }
});

test.each([
  ['networks', { 'router:external': true }, 'there are no routers'],
  ['networks', { port_security_enabled: true }, 'nothing filters the traffic'],
  ['ports', { dns_name: 'web' }, 'there is no DNS service'],
  ['ports', { port_security_enabled: true }, 'nothing filters the traffic'],
  ['subnets', { host_routes: [{ destination: '10.0.0.0/8', nexthop: '10.99.0.1' }] }, 'no routes'],
])('what %s cannot do is refused with the reason: %o', async (list, fields, reason) => {
  const body = { [list.slice(0, -1)]: fields };
  const { status, body: answer } = await request(at(`${list}/${networkId}`), 'PUT', {
    token: api.admin,
    body,
  });
  expect([status, answer.NeutronError.message]).toEqual([400, expect.stringContaining(reason)]);
});

test('a subnet is the network of the address that is given, as in Neutron', async () => {
  const { body } = await newSubnet({ cidr: '10.99.99.5/16' });
  expect(body.subnet).toMatchObject({ cidr: '10.99.0.0/16', gateway_ip: '10.99.0.1' });
});

test('a subnet gets gateway and pool as Neutron gives them', async () => {
  const { status, body } = await newSubnet({ name: 'sub' });
  expect(status).toBe(201);
  expect(body.subnet).toMatchObject({
    network_id: networkId,
    name: 'sub',
    cidr: '10.99.0.0/29',
    ip_version: 4,
    gateway_ip: '10.99.0.1',
    enable_dhcp: true,
    allocation_pools: [{ start: '10.99.0.2', end: '10.99.0.6' }],
    dns_nameservers: [],
  });
  const { body: network } = await get(`networks/${networkId}`);
  expect(network.network.subnets).toEqual([body.subnet.id]);
});

test('a subnet that overlaps any other is a 409, also at the same time', async () => {
  const answers = await Promise.all([
    newSubnet({ cidr: '10.0.0.0/16' }),
    newSubnet({ cidr: '10.0.1.0/24' }),
    newSubnet({ cidr: '10.0.2.0/24' }),
  ]);
  const made = answers.filter(({ status }) => status === 201);
  const refused = answers.filter(({ status }) => status === 409);
  expect(made.length + refused.length).toBe(3);
  expect(refused.length).toBeGreaterThan(0);
  expect(refused[0]?.body.NeutronError.type).toBe('SubnetOverlap');
});

test.each([
  [{ cidr: '300.0.0.0/8' }, 'no IPv4 network'],
  [{ ip_version: 6, cidr: 'fd00::/64' }, 'ip_version'],
  [{ host_routes: [{ destination: '0.0.0.0/0', nexthop: '10.0.0.1' }] }, 'host_routes'],
  [{ nonsense: 1 }, 'nonsense'],
])('a subnet with %o is a 400', async (fields, reason) => {
  const { status, body } = await newSubnet(fields);
  expect(status).toBe(400);
  expect(body.NeutronError).toMatchObject({ type: 'InvalidInput' });
  expect(body.NeutronError.message).toContain(reason);
});

test('ports take the lowest free address until none is left', async () => {
  await newSubnet();
  const answers = await Promise.all([1, 2, 3, 4, 5].map(() => newPort()));
  const addresses = answers.map(({ body }) => body.port.fixed_ips[0]?.ip_address as string);
  expect(addresses.sort()).toEqual([2, 3, 4, 5, 6].map((n) => `10.99.0.${n}`));
  const full = await newPort();
  expect(full.status).toBe(409);
  expect(full.body.NeutronError.type).toBe('IpAddressGenerationFailure');
  const third = answers.find(({ body }) => body.port.fixed_ips[0]?.ip_address === '10.99.0.4');
  expect((await remove(`ports/${String(third?.body.port.id)}`)).status).toBe(204);
  expect((await newPort()).body.port.fixed_ips[0]?.ip_address).toBe('10.99.0.4');
});

test('a port with a wanted address or MAC', async () => {
  const subnet = (await newSubnet()).body.subnet.id;
  const fixed_ips = [{ ip_address: '10.99.0.5' }];
  const { body } = await newPort({ fixed_ips, mac_address: '52-54-00-AA-BB-CC', name: 'mine' });
  expect(body.port).toMatchObject({
    name: 'mine',
    mac_address: '52:54:00:aa:bb:cc',
    fixed_ips: [{ subnet_id: subnet, ip_address: '10.99.0.5' }],
    device_id: '',
    status: 'DOWN',
  });
  expect((await newPort({ fixed_ips })).status).toBe(409);
  expect((await newPort({ mac_address: '52:54:00:aa:bb:cc' })).status).toBe(409);
  expect((await newPort({ fixed_ips: [{ ip_address: '10.98.0.5' }] })).status).toBe(400);
  expect((await newPort({ mac_address: 'nonsense' })).status).toBe(400);
  expect((await newPort({ fixed_ips: [{ subnet_id: networkId }] })).status).toBe(409);
  const odd = await get("ports?fields=('id', 'name')");
  expect(odd.body.ports[0]).toHaveProperty('mac_address');
  const chosen = await get('ports?fields=id&fields=name&fixed_ips=ip_address%3D10.99.0.5');
  expect(chosen.body.ports).toEqual([{ id: body.port.id, name: 'mine' }]);
});

test('what is in use is not deleted', async () => {
  const subnet = (await newSubnet()).body.subnet.id;
  const port = (await newPort()).body.port.id;
  expect((await remove(`networks/${networkId}`)).body.NeutronError.type).toBe('NetworkInUse');
  expect((await remove(`subnets/${subnet}`)).body.NeutronError.type).toBe('SubnetInUse');
  await api.database.prisma.port.update({ where: { id: port }, data: { deviceId: 'server' } });
  const used = await remove(`ports/${port}`);
  expect(used.status).toBe(409);
  expect(used.body.NeutronError.type).toBe('PortInUse');
  await api.database.prisma.port.update({ where: { id: port }, data: { deviceId: '' } });
  expect((await remove(`ports/${port}`)).status).toBe(204);
  expect((await remove(`networks/${networkId}`)).status).toBe(204);
  expect((await get(`subnets/${subnet}`)).status).toBe(404);
});

test('members use the wire, but do not make it, and see their own ports alone', async () => {
  await newSubnet();
  expect((await post('networks', { network: { name: 'x' } }, member)).status).toBe(403);
  expect((await remove(`networks/${networkId}`, member)).status).toBe(403);
  const own = (await newPort({}, member)).body.port as { id: string; project_id: string };
  const other = (await newPort()).body.port.id;
  expect(own.project_id).toBe('project-alice');
  const { body } = await get('ports', member);
  expect(body.ports.map(({ id }) => id)).toEqual([own.id]);
  expect((await get(`ports/${other}`, member)).status).toBe(404);
  expect((await newPort({ device_id: 'x' }, member)).status).toBe(403);
  expect((await newPort({ project_id: 'other' }, member)).status).toBe(403);
});

test('MACs and addresses are chosen by a network’s owner, and never a node’s MAC', async () => {
  await newSubnet();
  const { prisma } = api.database;
  const node = await prisma.node.create({
    data: { uuid: randomUUID(), cpus: 1, memoryMb: 512, localGb: 8, powerDriver: 'fake' },
  });
  const address = '52:54:00:77:00:01';
  await prisma.interface.create({ data: { nodeId: node.id, address } });
  const mine = { mac_address: '52:54:00:77:00:09', fixed_ips: [{ ip_address: '10.99.0.5' }] };
  for (const [field, value] of Object.entries(mine)) {
    const { status, body } = await newPort({ [field]: value }, member);
    expect([status, body.NeutronError.message]).toEqual([
      403,
      expect.stringContaining(`create_port:${field}`),
    ]);
  }
  expect((await newPort({ mac_address: address })).status).toBe(409);
  expect((await newPort({ mac_address: 'ff:ff:ff:ff:ff:ff' })).status).toBe(400);
  await prisma.network.update({ where: { id: networkId }, data: { projectId: 'project-alice' } });
  expect((await newPort({ mac_address: address }, member)).status).toBe(409);
  expect((await newPort(mine, member)).status).toBe(201);
});

test('what clients ask first: extensions and quotas', async () => {
  expect((await get('extensions')).body.extensions.length).toBeGreaterThan(0);
  expect((await get('extensions/tag-ports-during-bulk-creation')).status).toBe(404);
  expect((await get('quotas/project-alice', member)).body.quota.port).toBe(-1);
  expect((await get('quotas/other', member)).status).toBe(403);
  expect((await get('quotas/project-alice/details', member)).status).toBe(501);
});

// The store that compute uses too.

const device = { deviceId: 'b3b5f3f0-0000-4000-8000-000000000001', deviceOwner: 'compute:nova' };
const mac = '52:54:00:00:00:01';
const ports = (): Promise<{ ipAddress: string | null; macAddress: string; deviceId: string }[]> =>
  api.database.prisma.port.findMany({ orderBy: { createdAt: 'asc' } });

test('allocating twice for one device is once; releasing too', async () => {
  await newSubnet();
  const wanted = { networkId, mac, projectId: 'p', ownedByServer: true, ...device };
  const run = () => api.database.transaction(({ sql }) => allocatePort(sql, wanted));
  const [first, second] = [await run(), await run()];
  expect(second).toEqual(first);
  expect(await ports()).toHaveLength(1);
  const release = () => api.database.quickTransaction(({ sql }) => releasePorts(sql, device));
  await release();
  await release();
  expect(await ports()).toEqual([]);
});

test('many at once never get the same address', async () => {
  await newSubnet({ cidr: '10.99.0.0/24' });
  await Promise.all(
    Array.from({ length: 20 }, (_, n) =>
      api.database.transaction(({ sql }) =>
        allocatePort(sql, { networkId, projectId: 'p', deviceId: `server-${n}` }),
      ),
    ),
  );
  const addresses = (await ports()).map(({ ipAddress }) => ipAddress);
  expect(new Set(addresses).size).toBe(20);
});

/** A node with NICs of these addresses. */
async function aNode(...macs: string[]): Promise<{ id: number; uuid: string }> {
  const { prisma } = api.database;
  await prisma.interface.deleteMany();
  const node = await prisma.node.create({
    data: {
      ...{ uuid: randomUUID(), cpus: 1, memoryMb: 512, localGb: 8, powerDriver: 'fake' },
      interfaces: { create: macs.map((address) => ({ address })) },
    },
  });
  return { id: node.id, uuid: node.uuid };
}

test("a user's own port is plugged by one server, and unplugged with an address kept", async () => {
  await newSubnet();
  const node = await aNode(mac);
  const { id: portId, project_id: projectId } = (await newPort()).body.port;
  const plug = (deviceId: string, ofProject = projectId) =>
    api.database.quickTransaction(({ sql }) =>
      plugServer(sql, { ...device, deviceId, projectId: ofProject, node }, [{ port: portId }]),
    );
  await expect(plug(device.deviceId, 'another')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  const [before] = await ports();
  await plug(device.deviceId);
  expect(await ports()).toMatchObject([{ macAddress: mac, deviceId: device.deviceId }]);
  await plug(device.deviceId);
  await expect(plug('another')).rejects.toMatchObject({ code: 'CONFLICT' });
  await api.database.quickTransaction(({ sql }) => releasePorts(sql, device));
  const [port] = await ports();
  expect(port).toMatchObject({ deviceId: '', ipAddress: before?.ipAddress });
  expect(port?.macAddress).toMatch(/^fa:16:3e(:[0-9a-f]{2}){3}$/);
});

test('a server on several networks is plugged by as many statements as on one, each address its own', async () => {
  await newSubnet({ cidr: '10.99.0.0/24' });
  const macs = Array.from({ length: 20 }, (_, n) => `52:54:00:00:01:${String(n + 10)}`);
  const node = await aNode(...macs);
  let statements = 0;
  const plug = (count: number) =>
    api.database.quickTransaction(({ sql }) => {
      const counted: Queries = {
        $queryRaw: <T>(query: Prisma.Sql | TemplateStringsArray, ...values: unknown[]) => {
          statements += 1;
          return sql.$queryRaw<T>(query, ...values);
        },
        $executeRaw: (query, ...values) => {
          statements += 1;
          return sql.$executeRaw(query, ...values);
        },
      };
      const wishes = Array.from({ length: count }, () => ({ network: networkId }));
      return plugServer(counted, { ...device, projectId: 'p', node }, wishes);
    });
  await plug(1);
  const forOne = statements;
  await plug(20);
  expect(statements).toBe(2 * forOne);
  const all = await ports();
  expect(new Set(all.map(({ ipAddress }) => ipAddress)).size).toBe(20);
  expect(all.map(({ macAddress }) => macAddress).sort()).toEqual(macs);
  await expect(plug(21)).rejects.toMatchObject({ code: 'NETWORK_EXHAUSTED' });
});

test('an address that a node may still use is kept until the node lets go', async () => {
  await newSubnet();
  const node = await aNode(mac, '52:54:00:00:00:02');
  const { id: portId, project_id: projectId } = (await newPort()).body.port;
  const server = { ...device, projectId, node };
  await api.database.quickTransaction(async ({ sql }) => {
    await plugServer(sql, server, [{ port: portId }, { network: networkId }]);
    await reservePorts(sql, { deviceId: device.deviceId, nodeId: 7 });
  });
  expect(await ports()).toHaveLength(2);
  const plug = api.database.quickTransaction(({ sql }) =>
    plugServer(sql, server, [{ port: portId }]),
  );
  await expect(plug).rejects.toMatchObject({ code: 'CONFLICT' });
  expect((await remove(`ports/${portId}`)).status).toBe(409);
  await api.database.quickTransaction(({ sql }) => releaseReservedPorts(sql, { nodeId: 7 }));
  expect(await ports()).toMatchObject([{ deviceId: '', ipAddress: '10.99.0.2' }]);
});
