// What each microversion of Nova's changes, asked for just before it and in it.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { computeMinors } from '../../../services/api/src/http/routing/microversion.js';
import { request, type Answer } from './api-process.js';
import { addComputeHost, messageIn, startServerRig, type ServerRig } from './server-rig.js';

let rig: ServerRig;
let server: string;
beforeAll(async () => {
  rig = await startServerRig();
  server = await rig.server({ description: 'front' });
  await rig.enrol({ service_host: 'h1' });
  await addComputeHost(rig.api, 'h1');
  await rig.compute('POST', 'os-keypairs', { keypair: { name: 'k1' } });
  await rig.compute('POST', 'os-keypairs', { keypair: { name: 'k2' } });
  await rig.compute('POST', 'os-aggregates', { aggregate: { name: 'a' } });
});
afterAll(() => rig.close());

const ask = (minor: number, method: string, path: string, body?: object): Promise<Answer> =>
  rig.compute(method, path, body, { minor });

const get = async (minor: number, path: string): Promise<unknown> => {
  const answer = await ask(minor, 'GET', path);
  expect(answer.status, `${path}: ${messageIn(answer)}`).toBe(200);
  return answer.body;
};

/** A field of an answer to GET: absent before the version, there from then on. */
test.each([
  [2, 'os-keypairs', ['keypairs', 0, 'keypair', 'type']],
  [3, 'servers/ID', ['server', 'OS-EXT-SRV-ATTR:reservation_id']],
  [9, 'servers/ID', ['server', 'locked']],
  [11, 'os-services', ['services', 0, 'forced_down']],
  [16, 'servers/ID', ['server', 'host_status']],
  [19, 'servers/ID', ['server', 'description']],
  [26, 'servers/ID', ['server', 'tags']],
  [41, 'os-aggregates', ['aggregates', 0, 'uuid']],
  [47, 'servers/ID', ['server', 'flavor', 'original_name']],
] as const)('2.%i adds a field to %s: %j', async (minor, path, field) => {
  const target = path.replace('ID', server);
  expect(await get(minor - 1, target)).not.toHaveProperty([...field]);
  expect(await get(minor, target)).toHaveProperty([...field]);
});

/** A field that ends with the version. */
test.each([
  [36, 'limits', 'limits.absolute.maxSecurityGroups'],
  [36, 'os-quota-sets/p', 'quota_set.floating_ips'],
  [39, 'limits', 'limits.absolute.maxImageMeta'],
] as const)('2.%i ends a field of %s', async (minor, path, field) => {
  expect(await get(minor - 1, path)).toHaveProperty(field);
  expect(await get(minor, path)).not.toHaveProperty(field);
});

/** A route, or an action on a server, that begins or ends with the version; `501`: known, and refused by name. */
test.each([
  [6, 'POST', 'servers/ID/remote-consoles', [501, 501]],
  [11, 'PUT', 'os-services/force-down', [404, 501]],
  [26, 'GET', 'servers/ID/tags', [404, 501]],
  [36, 'GET', 'os-baremetal-nodes', [200, 404]],
  [36, 'GET', 'os-security-groups', [200, 404]],
  [36, 'GET', 'images', [501, 404]],
  [39, 'GET', 'images/ID/metadata', [501, 404]],
  [43, 'GET', 'os-hosts', [200, 404]],
  [44, 'GET', 'servers/ID/os-virtual-interfaces', [501, 404]],
] as const)('2.%i: %s %s', async (minor, method, path, statuses) => {
  const body = method === 'GET' ? undefined : {};
  const target = path.replace('ID', server);
  const answers = [
    await ask(minor - 1, method, target, body),
    await ask(minor, method, target, body),
  ];
  expect(answers.map(({ status }) => status)).toEqual(statuses);
});

test('2.2: a key pair has a type, and other statuses', async () => {
  const make = (minor: number): Promise<Answer> =>
    ask(minor, 'POST', 'os-keypairs', { keypair: { name: `in-${String(minor)}` } });
  expect([(await make(1)).status, (await make(2)).status]).toEqual([200, 201]);
  const remove = (minor: number): Promise<Answer> =>
    ask(minor, 'DELETE', `os-keypairs/in-${String(minor)}`);
  expect([(await remove(1)).status, (await remove(2)).status]).toEqual([202, 204]);
  const x509 = await ask(2, 'POST', 'os-keypairs', { keypair: { name: 'x', type: 'x509' } });
  expect([x509.status, messageIn(x509)]).toEqual([400, expect.stringContaining('must be ssh')]);
});

test('2.7: access to a public flavor is a conflict', async () => {
  const body = { addTenantAccess: { tenant: 'nobody' } };
  expect((await ask(6, 'POST', 'flavors/small/action', body)).status).toBe(400);
  expect((await ask(7, 'POST', 'flavors/small/action', body)).status).toBe(409);
});

test('2.10: key pairs of another user', async () => {
  expect((await ask(9, 'GET', 'os-keypairs?user_id=u')).status).toBe(400);
  expect((await ask(10, 'GET', 'os-keypairs?user_id=u')).body).toEqual({ keypairs: [] });
});

test('2.13 and 2.15: server groups tell their owner, and may be soft', async () => {
  const make = (minor: number, policy: string): Promise<Answer> =>
    ask(minor, 'POST', 'os-server-groups', { server_group: { name: 'g', policies: [policy] } });
  expect((await make(12, 'affinity')).body).not.toHaveProperty('server_group.project_id');
  expect((await make(13, 'affinity')).body).toHaveProperty('server_group.project_id');
  expect((await make(14, 'soft-affinity')).status).toBe(400);
  expect((await make(15, 'soft-affinity')).status).toBe(200);
});

test('2.21: what was done to a server that is deleted', async () => {
  const gone = await rig.server();
  const { prisma } = rig.api.database;
  await prisma.instance.update({ where: { uuid: gone }, data: { deletedAt: new Date() } });
  expect((await ask(20, 'GET', `servers/${gone}/os-instance-actions`)).status).toBe(404);
  expect(await get(21, `servers/${gone}/os-instance-actions`)).toMatchObject({
    instanceActions: [{ action: 'create' }],
  });
  expect((await ask(21, 'GET', `servers/${randomUUID()}/os-instance-actions`)).status).toBe(404);
});

test('2.27: either form of the header', async () => {
  for (const headers of [
    { 'openstack-api-version': 'compute 2.27' },
    { 'openstack-api-version': 'identity 3.1, compute 2.27' },
    { 'x-openstack-nova-api-version': '2.27' },
    { 'openstack-api-version': 'compute 2.27', 'x-openstack-nova-api-version': '2.1' },
  ]) {
    const url = `${rig.api.url}/compute/v2.1/limits`;
    const answer = await request(url, 'GET', { token: rig.api.admin, headers });
    expect(answer.headers.get('openstack-api-version')).toBe('compute 2.27');
    expect(answer.headers.get('x-openstack-nova-api-version')).toBe('2.27');
    expect(answer.headers.get('vary')).toContain('OpenStack-API-Version');
  }
});

test('2.28: the CPU of a hypervisor is an object', async () => {
  const field = 'hypervisors.0.cpu_info.model';
  expect(await get(27, 'os-hypervisors/detail')).not.toHaveProperty(field);
  expect(await get(28, 'os-hypervisors/detail')).toHaveProperty(field);
});

test('2.33: hypervisors in pages', async () => {
  await rig.enrol();
  const sizeOf = (body: unknown): number => (body as { hypervisors: object[] }).hypervisors.length;
  expect(sizeOf(await get(32, 'os-hypervisors'))).toBe(2);
  expect((await ask(32, 'GET', 'os-hypervisors?limit=1')).status).toBe(400);
  const first = await get(33, 'os-hypervisors?limit=1');
  expect([sizeOf(first), first]).toEqual([
    1,
    expect.objectContaining({ hypervisors_links: [expect.objectContaining({ rel: 'next' })] }),
  ]);
});

test('2.35: key pairs in pages', async () => {
  expect(await get(35, 'os-keypairs?limit=1&marker=k1')).toMatchObject({
    keypairs: [{ keypair: { name: 'k2' } }],
  });
});

test('2.38: a list by an unknown status', async () => {
  expect(await get(37, 'servers?status=nonsense')).toEqual({ servers: [] });
  const answer = await ask(38, 'GET', 'servers/detail?status=nonsense');
  expect([answer.status, messageIn(answer)]).toEqual([400, 'Invalid status: nonsense']);
  expect(await get(38, 'servers?status=shelved')).toEqual({ servers: [] });
});

test('2.40: usage in pages of servers, which clients add up', async () => {
  const { prisma } = rig.api.database;
  const [one, other] = [await rig.server(), await rig.server()];
  const times = {
    launchedAt: new Date('2026-01-01T00:00:00Z'),
    terminatedAt: new Date('2026-01-01T01:00:00Z'),
  };
  await prisma.instance.updateMany({ where: { uuid: { in: [one, other] } }, data: times });
  const { projectId } = await prisma.instance.findUniqueOrThrow({ where: { uuid: one } });
  const path = `os-simple-tenant-usage/${projectId}?start=2026-01-01&end=2026-01-02`;
  expect(await get(39, path)).toMatchObject({ tenant_usage: { total_hours: 2 } });
  expect((await ask(39, 'GET', `${path}&limit=1`)).status).toBe(400);
  expect(await get(40, `${path}&limit=1`)).toMatchObject({
    tenant_usage: { total_hours: 1, server_usages: [{ instance_id: one }] },
    tenant_usage_links: [{ rel: 'next', href: expect.stringContaining(`marker=${one}`) as string }],
  });
  const last = await get(40, `${path}&limit=1&marker=${one}`);
  expect(last).toMatchObject({ tenant_usage: { server_usages: [{ instance_id: other }] } });
  expect(last).not.toHaveProperty('tenant_usage_links');
  expect(await get(40, `${path}&limit=1&marker=${other}`)).toEqual({ tenant_usage: {} });
});

test.each(['2.0', `2.${String(computeMinors.max + 1)}`, '3.1'])(
  '%s is not spoken, and the range is told',
  async (version) => {
    const headers = { 'openstack-api-version': `compute ${version}` };
    const url = `${rig.api.url}/compute/v2.1/servers`;
    const answer = await request(url, 'GET', { token: rig.api.admin, headers });
    expect(answer.status).toBe(406);
    expect(messageIn(answer)).toContain('2.1');
    expect(messageIn(answer)).toContain(`2.${String(computeMinors.max)}`);
  },
);
