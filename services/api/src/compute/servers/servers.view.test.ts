import { Fault } from '@metalcast/domain';
import { expect, test } from 'vitest';
import type { Caller } from '../../http/access/caller.js';
import { Links } from '../../http/answers/links.js';
import { Microversion } from '../../http/routing/microversion.js';
import type { ServerWithPorts, ShownInstance } from './server-rows.js';
import { serverSummary, serverView } from './servers.view.js';

const uuid = '7c1b2c3d-0000-4000-8000-000000000009';
const node = '7c1b2c3d-0000-4000-8000-00000000000a';
const image = '7c1b2c3d-0000-4000-8000-00000000000b';
const at = new Date('2026-03-01T12:00:00.125Z');
const links = new Links({ publicUrl: 'http://cloud.example' });
const instance = {
  id: 26,
  uuid,
  userId: 'u',
  projectId: 'p',
  displayName: 'web',
  displayDescription: 'the front',
  reservationId: 'r-1',
  launchIndex: 0,
  hostname: 'web',
  kernelId: null,
  ramdiskId: null,
  imageRef: image,
  flavor: {
    ...{ flavorid: 'small one', name: 'small', vcpus: 1, memory_mb: 512, root_gb: 4 },
    ...{ ephemeral_gb: 0, swap: 0, extra_specs: { 'a:b': 'c' } },
  },
  keyName: 'mine',
  metadata: { role: 'web' },
  availabilityZone: null,
  configDrive: true,
  userData: 'ciphertext-canary',
  adminPass: 'ciphertext-canary',
  vmState: 'active',
  taskState: null,
  powerState: 1,
  progress: 100,
  host: 'h1',
  node,
  fault: null,
  accessIpV4: null,
  accessIpV6: null,
  createdAt: at,
  updatedAt: at,
  launchedAt: at,
  terminatedAt: null,
} as unknown as ShownInstance;

const port = (network: string, ipAddress: string): ServerWithPorts['ports'][number] => ({
  ...{ network, ipAddress },
  macAddress: '52:54:00:00:00:01',
});

const member = { roles: ['member'] } as unknown as Caller;
const admin = { roles: ['admin'] } as unknown as Caller;

const serverViewAt = (minor: number, server: ServerWithPorts, caller: Caller) =>
  serverView(links, server, { caller, version: new Microversion(minor) });

const view = (
  change: Partial<ShownInstance> = {},
  caller = member,
  ports: ServerWithPorts['ports'] = [],
  minor = 1,
) =>
  serverViewAt(
    minor,
    { instance: { ...instance, ...change }, zone: undefined, hostStatus: 'UP', ports },
    caller,
  );

test('a running server as its owner sees it', () => {
  const seen = view();
  expect(seen).toMatchObject({
    id: uuid,
    name: 'web',
    status: 'ACTIVE',
    progress: 100,
    tenant_id: 'p',
    flavor: {
      id: 'small one',
      links: [{ rel: 'bookmark', href: 'http://cloud.example/compute/flavors/small%20one' }],
    },
    image: { id: image },
    created: '2026-03-01T12:00:00Z',
    config_drive: 'True',
    'OS-EXT-AZ:availability_zone': 'nova',
    'OS-SRV-USG:launched_at': '2026-03-01T12:00:00.125000',
    'OS-SRV-USG:terminated_at': null,
  });
  expect(seen).not.toHaveProperty('fault');
  expect(seen).not.toHaveProperty('OS-EXT-SRV-ATTR:hypervisor_hostname');
  expect(JSON.stringify(seen)).not.toMatch(/canary|h1/);
});

test.each<[number, Caller, string, unknown]>([
  [3, admin, 'OS-EXT-SRV-ATTR:reservation_id', 'r-1'],
  [3, admin, 'OS-EXT-SRV-ATTR:launch_index', 0],
  [3, admin, 'OS-EXT-SRV-ATTR:hostname', 'web'],
  [3, admin, 'OS-EXT-SRV-ATTR:kernel_id', ''],
  [3, admin, 'OS-EXT-SRV-ATTR:user_data', null],
  [9, member, 'locked', false],
  [16, admin, 'host_status', 'UP'],
  [19, member, 'description', 'the front'],
  [26, member, 'tags', []],
])('2.%i brings %s', (minor, caller, key, value) => {
  const seen = (at: number): object => view({}, caller, [], at);
  expect(Object.entries(seen(minor))).toContainEqual([key, value]);
  expect(Object.keys(seen(minor - 1))).not.toContain(key);
  expect(JSON.stringify(seen(minor))).not.toContain('canary');
});

test('where it runs is for administrators', () => {
  expect(view({}, admin)).toMatchObject({
    'OS-EXT-SRV-ATTR:host': 'h1',
    'OS-EXT-SRV-ATTR:hypervisor_hostname': node,
    'OS-EXT-SRV-ATTR:instance_name': 'instance-0000001a',
  });
});

test('the host is a hash that differs by project, and nothing before there is one', () => {
  const hostIdOf = (change: Partial<ShownInstance>): unknown =>
    (view(change) as { hostId: unknown }).hostId;
  expect(hostIdOf({})).toMatch(/^[0-9a-f]{56}$/);
  expect(hostIdOf({ projectId: 'q' })).not.toBe(hostIdOf({}));
  expect(hostIdOf({ host: null })).toBe('');
});

test.each([
  [{ availabilityZone: 'az1', host: null }, 'az1'],
  [{ availabilityZone: null, host: null }, ''],
])('the zone of %j is %j', (change, zone) => {
  expect(view(change)).toMatchObject({ 'OS-EXT-AZ:availability_zone': zone });
});

test('the zone of a placed server is that of its node', () => {
  const placed = {
    instance: { ...instance, availabilityZone: 'asked' },
    zone: 'az2',
    hostStatus: 'UP',
    ports: [],
  };
  expect(serverViewAt(1, placed, member)).toMatchObject({ 'OS-EXT-AZ:availability_zone': 'az2' });
});

test('addresses stand under the name of their network', () => {
  const ports = [port('flat', '10.0.0.1'), port('flat', '10.0.0.2'), port('other', '10.1.0.1')];
  expect(view({}, member, ports)).toMatchObject({
    addresses: {
      flat: [{ addr: '10.0.0.1', version: 4 }, { addr: '10.0.0.2' }],
      other: [{ addr: '10.1.0.1', 'OS-EXT-IPS-MAC:mac_addr': '52:54:00:00:00:01' }],
    },
  });
});

const fault = new Fault(
  'NO_VALID_HOST',
  { reason: 'The only node is in use: node-1.', counts: 'The only node is in use.' },
  { evidence: ['node-1 said no'] },
).toRecord('schedule') as unknown as NonNullable<ShownInstance['fault']>;

test('what went wrong is told once it has, the evidence to administrators', () => {
  const message = 'No valid host was found. The only node is in use.';
  const told = { code: 500, created: '2026-03-01T12:00:00Z' };
  expect(view({ vmState: 'error', fault })).toMatchObject({
    status: 'ERROR',
    fault: { ...told, message: `${message} (NO_VALID_HOST)` },
  });
  expect(JSON.stringify(view({ vmState: 'error', fault }))).not.toContain('node-1');
  expect(view({ vmState: 'error', fault }, admin)).toMatchObject({
    fault: {
      ...told,
      message: 'No valid host was found. The only node is in use: node-1.',
      details: 'NO_VALID_HOST in schedule\nnode-1 said no',
    },
  });
  expect(view({ vmState: 'building', fault }, admin)).not.toHaveProperty('fault');
  expect(view({ vmState: 'error', fault })).not.toHaveProperty('progress');
});

test('a list has the name and the links only', () => {
  expect(serverSummary(links, instance)).toEqual({
    id: uuid,
    name: 'web',
    links: [
      { rel: 'self', href: `http://cloud.example/compute/v2.1/servers/${uuid}` },
      { rel: 'bookmark', href: `http://cloud.example/compute/servers/${uuid}` },
    ],
  });
});

test('from 2.47 on the flavor is what it was, not a link', () => {
  const server = { instance, zone: undefined, hostStatus: '', ports: [] };
  expect(serverViewAt(46, server, member)).toHaveProperty('flavor.id', 'small one');
  expect(serverViewAt(47, server, member)).toHaveProperty('flavor', {
    ...{ original_name: 'small', vcpus: 1, ram: 512, disk: 4, ephemeral: 0, swap: 0 },
    extra_specs: { 'a:b': 'c' },
  });
});
