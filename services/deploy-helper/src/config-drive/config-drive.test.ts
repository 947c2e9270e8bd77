import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { configDriveFiles } from './content.js';
import { netmaskOf } from './network-data.js';
import type { ConfigDriveInput } from './config-drive-input.js';
import { configDrive, configDriveBytes } from './vfat.js';

const mib = 1024 * 1024;
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'config-drive-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const port = { id: '11111111-2222', networkId: 'net', macAddress: '52:54:00:00:00:01' };
const subnet = { cidr: '10.0.0.0/20', gatewayIp: '10.0.0.1', dnsNameservers: ['10.0.0.2'] };

function server(changes: Partial<ConfigDriveInput> = {}): ConfigDriveInput {
  return {
    ...{ uuid: 'u', name: 'My Web', hostname: 'my-web', projectId: 'p', launchIndex: 0 },
    ...{ availabilityZone: 'nova', keys: { k: 'ssh-ed25519 AAAA' }, metadata: { a: 'b' } },
    ...{
      adminPass: undefined,
      phoneHomeUrl: undefined,
      hasSwap: false,
      randomSeed: Buffer.alloc(512, 7),
      userData: Buffer.from([0, 1, 255]),
      files: [],
    },
    ports: [
      {
        port: { ...port, ipAddress: '10.0.0.9' },
        subnet: { ...subnet, enableDhcp: false },
        mtu: 1500,
      },
    ],
    ...changes,
  };
}

const contentOf = (of: ConfigDriveInput, path: string): string =>
  configDriveFiles(of)
    .find((file) => file.path === path)
    ?.content.toString() ?? '';

test('meta_data is what cloud-init and simple readers look for', () => {
  const text = contentOf(server(), 'openstack/latest/meta_data.json');
  expect(text).toContain('"hostname": "my-web"');
  expect(text).toContain('"public_keys": {"k": "ssh-ed25519 AAAA"}');
  expect(JSON.parse(text)).toEqual({
    ...{ uuid: 'u', name: 'My Web', hostname: 'my-web', project_id: 'p', launch_index: 0 },
    ...{ availability_zone: 'nova', public_keys: { k: 'ssh-ed25519 AAAA' }, meta: { a: 'b' } },
    random_seed: Buffer.alloc(512, 7).toString('base64'),
    keys: [{ name: 'k', type: 'ssh', data: 'ssh-ed25519 AAAA' }],
  });
});

test('a password, user data and files only if the server has them', () => {
  const bare = configDriveFiles(server({ userData: undefined })).map(({ path }) => path);
  expect(bare).toEqual(['openstack/latest/meta_data.json', 'openstack/latest/network_data.json']);
  const files = [{ path: '/etc/motd', content: Buffer.from('hi') }];
  const full = server({ adminPass: 'pw', files });
  expect(contentOf(full, 'openstack/content/0000')).toBe('hi');
  expect(JSON.parse(contentOf(full, 'openstack/latest/meta_data.json'))).toMatchObject({
    admin_pass: 'pw',
    files: [{ path: '/etc/motd', content_path: '/content/0000' }],
  });
});

test('vendor_data makes cloud-init phone home, only when the image promises it', () => {
  const phoneHomeUrl = 'http://10.0.0.1:8780/v1/phone-home/u?token=00';
  const text = contentOf(server({ phoneHomeUrl }), 'openstack/latest/vendor_data.json');
  expect(text).toContain('phone_home:\\n  url: http://10.0.0.1:8780/v1/phone-home/u?token=00\\n');
  expect(JSON.parse(text)).toEqual({
    'cloud-init':
      `#cloud-config\nphone_home:\n  url: ${phoneHomeUrl}\n` +
      '  post: [instance_id, hostname, fqdn]\n  tries: 10\n',
  });
  expect(contentOf(server(), 'openstack/latest/vendor_data.json')).toBe('');
});

test('vendor_data mounts the swap partition, which a system on an MBR disk does not find', () => {
  const text = contentOf(server({ hasSwap: true }), 'openstack/latest/vendor_data.json');
  expect(JSON.parse(text)).toEqual({
    'cloud-init': '#cloud-config\nmounts:\n  - [LABEL=swap1, none, swap, "sw,nofail", "0", "0"]\n',
  });
});

test('network_data describes a static and a DHCP network', () => {
  const fixed = JSON.parse(contentOf(server(), 'openstack/latest/network_data.json')) as object;
  expect(fixed).toMatchObject({
    links: [{ id: 'tap11111111-22', type: 'phy', ethernet_mac_address: port.macAddress }],
    networks: [
      {
        ...{ type: 'ipv4', link: 'tap11111111-22', ip_address: '10.0.0.9' },
        ...{ netmask: '255.255.240.0', routes: [{ gateway: '10.0.0.1' }] },
      },
    ],
    services: [{ type: 'dns', address: '10.0.0.2' }],
  });
  const [plugged] = server().ports;
  const dhcp = server({
    ports: plugged === undefined ? [] : [{ ...plugged, subnet: { ...subnet, enableDhcp: true } }],
  });
  expect(JSON.parse(contentOf(dhcp, 'openstack/latest/network_data.json'))).toMatchObject({
    networks: [{ type: 'ipv4_dhcp' }],
  });
  expect([0, 8, 24, 32].map((bits) => netmaskOf(`0.0.0.0/${bits}`))).toEqual([
    '0.0.0.0',
    '255.0.0.0',
    '255.255.255.0',
    '255.255.255.255',
  ]);
});

function drive(of: ConfigDriveInput): Buffer {
  const files = configDriveFiles(of);
  return configDrive(files, configDriveBytes(files));
}

test('equal content makes equal bytes', () => {
  const files = [{ path: '/a', content: Buffer.alloc(70_000, 1) }];
  expect(drive(server({ files })).equals(drive(server({ files })))).toBe(true);
  expect(drive(server({ files, name: 'other' })).equals(drive(server({ files })))).toBe(false);
});

test('a VFAT file system labelled config-2', () => {
  const path = join(folder, 'label');
  writeFileSync(path, drive(server()));
  expect(statSync(path).size).toBeLessThan(mib);
  truncateSync(path, 4 * mib);
  const blkid = execFileSync('blkid', ['-p', '-o', 'export', path]).toString();
  expect(blkid).toMatch(/^LABEL=config-2$/m);
  expect(blkid).toMatch(/^TYPE=vfat$/m);
  const userData = execFileSync('mtype', ['-i', path, '::openstack/latest/user_data']);
  expect(userData).toEqual(Buffer.from([0, 1, 255]));
});

test('it grows with its content, up to a bound', () => {
  const sized = (megabytes: number) => [{ path: 'x', content: Buffer.alloc(megabytes * mib) }];
  expect(configDriveBytes(sized(10))).toBe(12 * mib);
  expect(() => configDriveBytes(sized(64))).toThrow(/66 MiB; 64 MiB is the most/);
});
