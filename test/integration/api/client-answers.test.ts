// What OpenStack's clients ask for every day, and what they read in the answers.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addMember } from './api-process.js';
import { addComputeHost, messageIn, startServerRig, type ServerRig } from './server-rig.js';

let rig: ServerRig;
let member: string;
let server: string;
let project: string;
beforeAll(async () => {
  rig = await startServerRig();
  member = await addMember(rig.api, 'eve');
  server = await rig.server({ name: 'web' });
  await addComputeHost(rig.api, 'h1');
  const { prisma } = rig.api.database;
  ({ projectId: project } = await prisma.instance.findFirstOrThrow({ where: { uuid: server } }));
});
afterAll(() => rig.close());

const get = async (path: string, minor = 1, token = rig.api.admin): Promise<unknown> => {
  const answer = await rig.compute('GET', path, undefined, { minor, token });
  expect(answer.status, `${path}: ${messageIn(answer)}`).toBe(200);
  return answer.body;
};
const statusOf = async (path: string, minor = 1, token = rig.api.admin): Promise<number> =>
  (await rig.compute('GET', path, undefined, { minor, token })).status;

test('quotas: everything is unlimited', async () => {
  const all = await get(`os-quota-sets/${project}`);
  expect(all).toMatchObject({
    quota_set: { id: project, instances: -1, cores: -1, ram: -1, metadata_items: 128 },
  });
  expect(all).toHaveProperty('quota_set.security_groups', -1);
  expect(await get(`os-quota-sets/${project}/defaults`)).toEqual(all);
  expect(await get(`os-quota-sets/${project}`, 36)).not.toHaveProperty('quota_set.security_groups');
  // OpenStack's SDK sends its own argument along.
  expect(await get(`os-quota-sets/${project}?usage=False`)).toEqual(all);
  expect(await get(`os-quota-sets/${project}/detail`)).toMatchObject({
    quota_set: { instances: { limit: -1, in_use: 1, reserved: 0 }, ram: { in_use: 512 } },
  });
});

test('the quotas of another project are for administrators', async () => {
  expect(await statusOf(`os-quota-sets/${project}`, 1, member)).toBe(403);
  expect(await statusOf('os-quota-sets/project-eve', 1, member)).toBe(200);
});

test('limits', async () => {
  const absolute = (body: unknown): object =>
    (body as { limits: { absolute: object } }).limits.absolute;
  const first = absolute(await get('limits'));
  expect(first).toMatchObject({ totalInstancesUsed: 1, maxServerGroups: -1, maxImageMeta: 128 });
  expect(first).toHaveProperty('maxSecurityGroups');
  expect(absolute(await get('limits', 36))).not.toHaveProperty('maxSecurityGroups');
});

test('limits with the usage of another project are for administrators', async () => {
  const used = { limits: { absolute: { totalInstancesUsed: 1, totalRAMUsed: 512 } } };
  const none = { limits: { absolute: { totalInstancesUsed: 0, totalRAMUsed: 0 } } };
  expect(await get(`limits?tenant_id=${project}`)).toMatchObject(used);
  expect(await get('limits?tenant_id=project-eve')).toMatchObject(none);
  expect(await get('limits?tenant_id=project-eve', 1, member)).toMatchObject(none);
  expect(await statusOf(`limits?tenant_id=${project}`, 1, member)).toBe(403);
  expect(await statusOf('limits?tenant_id=a&tenant_id=b')).toBe(400);
});

test('usage: the hours of a server within the period', async () => {
  const { prisma } = rig.api.database;
  expect(await get(`os-simple-tenant-usage/${project}`)).toEqual({ tenant_usage: {} });
  const times = {
    launchedAt: new Date('2026-01-01T00:00:00Z'),
    terminatedAt: new Date('2026-01-01T10:00:00Z'),
  };
  await prisma.instance.update({ where: { uuid: server }, data: times });
  const within = 'start=2026-01-01T08:00:00&end=2026-01-02';
  const usage = { total_hours: 2, total_vcpus_usage: 2, total_memory_mb_usage: 1024 };
  const servers = [{ instance_id: server, name: 'web', flavor: 'small', hours: 2, uptime: 36_000 }];
  expect(await get(`os-simple-tenant-usage/${project}?${within}`)).toMatchObject({
    tenant_usage: {
      ...usage,
      ...{ tenant_id: project, start: '2026-01-01T08:00:00.000000', server_usages: servers },
    },
  });
  expect(await get(`os-simple-tenant-usage?detailed=1&${within}`)).toMatchObject({
    tenant_usages: [{ ...usage, server_usages: servers }],
  });
  expect(await get(`os-simple-tenant-usage?${within}`)).not.toHaveProperty(
    'tenant_usages.0.server_usages',
  );
  expect(await get('os-simple-tenant-usage?start=2026-01-03&end=2026-01-04')).toEqual({
    tenant_usages: [],
  });
});

test.each([
  ['start=yesterday', 'must be a time or a date'],
  ['start=2026-13-01', 'must be a time or a date'],
  ['start=2026-01-02&end=2026-01-01', 'after the end time'],
])('usage by %s is a bad request', async (query, reason) => {
  const answer = await rig.compute('GET', `os-simple-tenant-usage?${query}`);
  expect([answer.status, messageIn(answer)]).toEqual([400, expect.stringContaining(reason)]);
});

test('usage of all projects, and of another one, is for administrators', async () => {
  expect(await statusOf('os-simple-tenant-usage', 1, member)).toBe(403);
  expect(await statusOf(`os-simple-tenant-usage/${project}`, 1, member)).toBe(403);
});

test('hosts, until 2.42', async () => {
  expect(await get('os-hosts')).toEqual({
    hosts: [{ host_name: 'h1', service: 'compute', zone: 'nova' }],
  });
  expect(await get('os-hosts?service=scheduler')).toEqual({ hosts: [] });
  expect(await get('os-hosts?zone=elsewhere')).toEqual({ hosts: [] });
  expect(await get('os-hosts?zone=')).toEqual(await get('os-hosts'));
  await rig.enrol({ service_host: 'h1' });
  expect(await get('os-hosts/h1')).toEqual({
    host: [
      { resource: { host: 'h1', project: '(total)', cpu: 2, memory_mb: 2048, disk_gb: 10 } },
      { resource: { host: 'h1', project: '(used_now)', cpu: 0, memory_mb: 0, disk_gb: 0 } },
    ],
  });
  expect(await statusOf('os-hosts/nothing')).toBe(404);
  expect(await statusOf('os-hosts', 1, member)).toBe(403);
});

test('the security groups of a server: the default one', async () => {
  const group = { id: 'default', name: 'default', tenant_id: project, rules: [] };
  expect(await get(`servers/${server}/os-security-groups`)).toMatchObject({
    security_groups: [group],
  });
  expect(await get('os-security-groups')).toMatchObject({ security_groups: [group] });
  expect(await get('os-security-groups/default')).toMatchObject({ security_group: group });
  expect(await statusOf('os-security-groups/web')).toBe(404);
  expect(await statusOf('os-security-groups', 36)).toBe(404);
  expect(await statusOf(`servers/${server}/os-security-groups`, 1, member)).toBe(404);
});

test('extensions: those that are served', async () => {
  const { extensions } = (await get('extensions')) as { extensions: { alias: string }[] };
  expect(extensions.map(({ alias }) => alias)).toContain('os-keypairs');
  expect(await get('extensions/os-keypairs')).toMatchObject({
    extension: { alias: 'os-keypairs', name: 'Keypairs' },
  });
  expect(await statusOf('extensions/os-volumes')).toBe(404);
});
