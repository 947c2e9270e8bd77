import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@metalcast/rig';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { request, startApiProcess, type ApiProcess } from './api-process.js';
import { diskBytes } from './disk-files.js';
import { clientMs, runOpenstack } from './openstack-command.js';
import { OpenstackShell } from './openstack-shell.js';

let api: ApiProcess;
let folder: string;
let client: OpenstackShell;

beforeAll(async () => {
  api = await startApiProcess({ port: await freePort() });
  folder = mkdtempSync(join(tmpdir(), 'metalcast-openstack-'));
  client = OpenstackShell.start({ api, folder });
});
afterAll(async () => {
  await client.close();
  rmSync(folder, { recursive: true, force: true });
  await api.close();
});

const openstack = (...args: string[]): Promise<string> => client.run(...args);
const openstackJson = (...args: string[]): Promise<unknown> => client.data(...args);
/** In a process of its own: for what it prints when it ends badly. */
const alone = (...args: string[]): Promise<string> => runOpenstack({ api, folder }, args);

test('identity: token, catalog, projects, users', { timeout: 5 * clientMs }, async () => {
  const token = (await alone('token', 'issue', '-f', 'value', '-c', 'id')).trim();
  const answer = await request(`${api.url}/image/v2/images`, 'GET', { token });
  expect(answer.status).toBe(200);
  const catalog = (await openstackJson('catalog', 'list')) as { Type: string }[];
  expect(catalog.map(({ Type }) => Type).sort()).toEqual([
    'compute',
    'identity',
    'image',
    'metalcast',
    'network',
  ]);
  expect(await openstackJson('project', 'list')).toMatchObject([
    { Name: 'admin' },
    { Name: 'service' },
  ]);
  expect(await openstackJson('user', 'show', 'admin')).toMatchObject({ name: 'admin' });
});

test('images: create, list, show, set, save, delete', { timeout: 8 * clientMs }, async () => {
  const bytes = diskBytes(folder);
  writeFileSync(join(folder, 'image.raw'), bytes);
  const created = await openstackJson(
    ...['image', 'create', '--disk-format', 'raw', '--container-format', 'bare'],
    ...['--property', 'hypervisor_type=baremetal', '--file', 'image.raw', 'debian'],
  );
  expect(created).toMatchObject({ name: 'debian' });
  expect(await openstackJson('image', 'list')).toMatchObject([
    { Name: 'debian', Status: 'active' },
  ]);
  await openstack('image', 'set', '--property', 'arch=x86_64', '--tag', 'blue', 'debian');
  expect(await openstackJson('image', 'show', 'debian')).toMatchObject({
    size: bytes.length,
    status: 'active',
    tags: ['blue'],
    properties: { arch: 'x86_64', hypervisor_type: 'baremetal' },
  });
  await openstack('image', 'save', '--file', 'saved.raw', 'debian');
  expect(readFileSync(join(folder, 'saved.raw')).equals(bytes)).toBe(true);
  await openstack('image', 'set', '--deactivate', 'debian');
  expect(await openstackJson('image', 'show', 'debian')).toMatchObject({ status: 'deactivated' });
  await openstack('image', 'set', '--activate', 'debian');
  await openstack('image', 'unset', '--tag', 'blue', 'debian');
  expect(await openstackJson('image', 'show', 'debian')).toMatchObject({
    ...{ status: 'active', tags: [] },
  });
  await openstack('image', 'delete', 'debian');
  expect(
    (await request(`${api.url}/image/v2/images`, 'GET', { token: api.admin })).body.images,
  ).toEqual([]);
});

test('networks, subnets, ports', { timeout: 8 * clientMs }, async () => {
  expect(await openstackJson('network', 'create', '--mtu', '1400', 'flat')).toMatchObject({
    name: 'flat',
    mtu: 1400,
  });
  const subnet = await openstackJson(
    ...['subnet', 'create', '--network', 'flat', '--subnet-range', '10.99.0.0/24', 'sub'],
  );
  expect(subnet).toMatchObject({ gateway_ip: '10.99.0.1', cidr: '10.99.0.0/24' });
  expect(await openstackJson('network', 'list')).toMatchObject([{ Name: 'flat' }]);
  expect(await openstackJson('port', 'create', '--network', 'flat', 'p1')).toMatchObject({
    fixed_ips: [{ ip_address: '10.99.0.2' }],
  });
  expect(await openstackJson('port', 'list')).toMatchObject([{ Name: 'p1', Status: 'DOWN' }]);
  await openstack('port', 'delete', 'p1');
  await openstack('network', 'delete', 'flat');
});

test('versions and quotas; a wrong name is told', { timeout: 4 * clientMs }, async () => {
  const versions = (await openstackJson('versions', 'show')) as { 'Service Type': string }[];
  const types = new Set(versions.map((version) => version['Service Type']));
  expect([...types].sort()).toEqual(['compute', 'identity', 'image', 'metalcast', 'network']);
  await expect(alone('image', 'show', 'nothing')).rejects.toMatchObject({
    stderr: expect.stringContaining('nothing') as string,
  });
});
