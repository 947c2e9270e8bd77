// Who gets which address: a boot service's real dnsmasq, and what becomes of it and its service.
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { listServices } from '@metalcast/db';
import { waitFor } from '@metalcast/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Machine } from './rows.js';
import { Site, type BootProcess } from './site.js';
import { address, httpUrl } from './wire.js';

const mac = '52:54:00:88:00:01';

let site: Site;
let boot: BootProcess;
let machine: Machine;
let flavor: Record<string, string>;

beforeAll(async () => {
  site = await Site.start();
  flavor = {
    'baremetal:deploy_kernel_id': site.images.add('kernel', randomBytes(1000)),
    'baremetal:deploy_ramdisk_id': site.images.add('ramdisk', randomBytes(1000)),
  };
  machine = await site.addMachine(mac, '10.88.0.101', flavor);
  await mkdir(site.stateDirectory('boot-1'), { recursive: true });
  await writeFile(leaseFile(), livingLeases);
  boot = await site.startBoot('boot-1');
  await site.ready(boot);
  await site.setNode(machine.node, { bootMode: 'local' });
  await site.prepare(machine.node);
});

afterAll(async () => {
  await site.close();
});

/** More than dnsmasq takes by default, when it starts and from clients. */
const livingLeases = Array.from({ length: 1001 }, (_, n) => {
  const [high, low] = [Math.floor(n / 256), n % 256];
  const mac = `52:54:00:99:0${high}:${low.toString(16).padStart(2, '0')}`;
  return `${String(Math.floor(Date.now() / 1000) + 86_400)} ${mac} 10.99.${high}.${low} * *\n`;
}).join('');
const leaseFile = (): string => join(site.stateDirectory('boot-1'), 'dhcp-leases');

const dnsmasqs = async (): Promise<number[]> => {
  const conf = join(site.stateDirectory('boot-1'), 'dnsmasq.conf');
  const { stdout } = await site.wire.in(
    site.wire.inside,
    'pgrep',
    '-f',
    '--',
    `--conf-file=${conf}$`,
  );
  return stdout.split('\n').filter(Boolean).map(Number);
};

async function dnsmasq(): Promise<number> {
  const [pid] = await dnsmasqs();
  expect(pid).toBeGreaterThan(1);
  return pid as number;
}

const hostFile = (): string => join(site.stateDirectory('boot-1'), 'dnsmasq-hosts');

test('where it is reached, and that it serves, is told by its heartbeat', async () => {
  const [service] = await listServices(site.database, 'metalcast-boot');
  expect(service).toMatchObject({
    up: true,
    details: { address, provisioningUrl: httpUrl, serving: true },
  });
});

test('a thousand leases are no limit, neither at a start nor for the next client', async () => {
  expect(await site.wire.dhcp(mac, 'system')).toMatchObject({ ip: machine.address });
  const leases = (await readFile(leaseFile(), 'utf8')).trim().split('\n');
  expect(leases.length).toBeGreaterThan(1001);
});

test('dnsmasq killed comes back', async () => {
  const pid = await dnsmasq();
  process.kill(pid, 'SIGKILL');
  await waitFor(async () => (await dnsmasqs()).some((other) => other !== pid), {
    timeoutMs: 10_000,
    what: 'another dnsmasq',
  });
  await site.ready(boot);
  expect(await site.wire.dhcp(mac, 'system')).toMatchObject({ ip: machine.address });
});

test('none: the node is a stranger again', async () => {
  await site.setNode(machine.node, { bootMode: 'none' });
  await site.prepare(machine.node);
  expect(await site.wire.dhcp(mac, 'firmware')).toBeUndefined();
  expect(await readFile(hostFile(), 'utf8')).not.toContain(mac);
});

test('an address goes to another card at once, though a lease on it lives', async () => {
  await site.setNode(machine.node, { bootMode: 'local' });
  await site.prepare(machine.node);
  expect(await site.wire.dhcp(mac, 'system')).toMatchObject({ ip: '10.88.0.101' });
  await site.database.prisma.port.deleteMany({ where: { macAddress: mac } });
  const other = await site.addMachine('52:54:00:88:00:02', '10.88.0.101', flavor);
  await site.prepare(machine.node);
  await site.prepare(other.node);
  expect(await site.wire.dhcp(other.mac, 'firmware')).toMatchObject({ ip: '10.88.0.101' });
  // And a card gets another address, at once as well.
  await site.database.prisma.port.updateMany({
    where: { macAddress: other.mac },
    data: { ipAddress: '10.88.0.102' },
  });
  await site.prepare(other.node);
  expect(await site.wire.dhcp(other.mac, 'firmware')).toMatchObject({ ip: '10.88.0.102' });
});

test('an address goes to another card though nobody sees the lease on it', async () => {
  const first = await site.addMachine('52:54:00:88:00:15', '10.88.0.115', flavor);
  await site.prepare(first.node);
  expect(await site.wire.dhcp(first.mac, 'firmware')).toMatchObject({ ip: '10.88.0.115' });
  await site.database.prisma.port.deleteMany({ where: { macAddress: first.mac } });
  const second = await site.addMachine('52:54:00:88:00:16', '10.88.0.115', flavor);
  // As whoever reads it finds it for a moment whenever dnsmasq writes it anew.
  await writeFile(leaseFile(), '');
  await site.prepare(second.node);
  await waitFor(async () => (await site.wire.dhcp(second.mac, 'firmware'))?.ip === '10.88.0.115', {
    timeoutMs: 30_000,
    what: 'the address',
  });
});

test('what can’t be prepared has a name', async () => {
  const bare = await site.addMachine('52:54:00:88:00:03', '10.88.0.103');
  expect(await site.prepare(bare.node)).toMatchObject({
    type: 'boot.failed',
    data: { fault: { code: 'BOOT_NO_DEPLOY_IMAGE', phase: 'prepareBoot' } },
  });
  await site.database.prisma.port.deleteMany({ where: { macAddress: bare.mac } });
  expect(await site.prepare(bare.node)).toMatchObject({
    data: { fault: { code: 'BOOT_NO_ADDRESS' } },
  });
});

test('the network’s settings are followed without a restart of the service', async () => {
  await site.database.prisma.subnet.updateMany({
    data: { gatewayIp: '10.88.0.254', dnsNameservers: ['10.88.0.253'] },
  });
  const other = await site.addMachine('52:54:00:88:00:04', '10.88.0.104', flavor);
  await site.prepare(other.node);
  const conf = join(site.stateDirectory('boot-1'), 'dnsmasq.conf');
  expect(await readFile(conf, 'utf8')).toContain('option:router,10.88.0.254');
  expect(await site.wire.dhcp(other.mac, 'firmware')).toMatchObject({ ip: '10.88.0.104' });
});

test('a service killed takes its dnsmasq along; its successor serves at once, from the database', async () => {
  const pid = await dnsmasq();
  await writeFile(hostFile(), '52:54:00:88:00:77,10.88.0.177\n');
  await site.kill(boot);
  await waitFor(async () => !(await dnsmasqs()).includes(pid), {
    timeoutMs: 5000,
    what: 'the end of dnsmasq',
  });
  boot = await site.startBoot('boot-1');
  await site.ready(boot);
  expect(await readFile(hostFile(), 'utf8')).not.toContain('52:54:00:88:00:77');
  expect(await site.wire.dhcp('52:54:00:88:00:04', 'firmware')).toMatchObject({
    ip: '10.88.0.104',
  });
});

test('of two, one serves and the other takes over', async () => {
  const second = await site.startBoot('boot-2');
  await site.ready(second);
  expect(existsSync(site.stateDirectory('boot-2'))).toBe(false);
  await site.stop(boot);
  await waitFor(() => existsSync(join(site.stateDirectory('boot-2'), 'dnsmasq.conf')), {
    timeoutMs: 10_000,
    what: 'the second to serve',
  });
  await site.ready(second);
  expect(await site.wire.dhcp('52:54:00:88:00:04', 'firmware')).toMatchObject({
    ip: '10.88.0.104',
  });
  const node = await site.database.prisma.node.findFirstOrThrow({
    where: { interfaces: { some: { address: '52:54:00:88:00:04' } } },
  });
  expect(await site.prepare(node)).toMatchObject({ type: 'boot.prepared' });
});

test('a relay of the subnet is served; one of another network is told of once a minute', async () => {
  const served = await site.addMachine('52:54:00:88:00:31', '10.88.0.131', flavor);
  await site.prepare(served.node);
  expect(await site.wire.relay(served.mac, '10.88.0.40')).toBe(served.address);
  expect(await site.wire.relay(served.mac, '10.55.0.1')).toBeUndefined();
  const { networkId } = await site.database.prisma.subnet.findFirstOrThrow();
  const told = await waitFor(
    async () => {
      const events = await site.database.prisma.event.findMany({ where: { subject: networkId } });
      return events.length > 0 && events;
    },
    { timeoutMs: 10_000, what: 'the event of the relay' },
  );
  expect(told).toMatchObject([{ type: 'boot.relayed_dhcp', data: { relay: '10.55.0.1' } }]);
});
