// A boot service with its real dnsmasq, asked by real clients over a wire.
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beat, listServices } from '@metalcast/db';
import { bootTokenHash } from '@metalcast/domain';
import { phoneHomeToken } from '@metalcast/keys';
import { waitFor } from '@metalcast/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sha256 } from './image-api.js';
import type { Machine } from './rows.js';
import { Site, type BootProcess } from './site.js';
import { address, httpUrl } from './wire.js';

const kernel = randomBytes(300_001);
const ramdisk = randomBytes(200_000);
const mac = '52:54:00:88:00:01';
const dashedMac = '52-54-00-88-00-01';

let site: Site;
let boot: BootProcess;
let machine: Machine;
let flavor: Record<string, string>;

beforeAll(async () => {
  site = await Site.start();
  flavor = {
    'baremetal:deploy_kernel_id': site.images.add('kernel', kernel),
    'baremetal:deploy_ramdisk_id': site.images.add('ramdisk', ramdisk),
  };
  machine = await site.addMachine(mac, '10.88.0.101', flavor);
  boot = await site.startBoot('boot-1');
  await site.ready(boot);
});

afterAll(async () => {
  await site.close();
});

const tries = async (): Promise<number> => (await site.boot(machine.node))?.bootTry ?? 0;

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

test('a stranger gets neither address nor script', async () => {
  expect(await site.wire.dhcp('52:54:00:88:00:99', 'firmware')).toBeUndefined();
  expect(existsSync(join(site.stateDirectory('boot-1'), 'images'))).toBe(false);
});

test('a prepared node gets its address, and the loader that fits its firmware', async () => {
  const prepared = await site.prepare(machine.node);
  expect(prepared).toMatchObject({
    type: 'boot.prepared',
    epoch: 1,
    requestId: 'req-test',
    data: { boot_mode: 'deploy' },
  });
  // Option 93 tells BIOS from UEFI, option 175 is iPXE's.
  expect(await site.wire.dhcp(mac, 'firmware', '-x', '0x5d:0000')).toEqual({
    ip: machine.address,
    file: 'undionly.kpxe',
    server: address,
  });
  const uefi = await site.wire.dhcp(mac, 'firmware', '-x', '0x5d:0007');
  expect(uefi).toMatchObject({ file: 'snponly.efi' });
  const ipxe = await site.wire.dhcp(mac, 'firmware', '-x', '0xaf:01', '-x', '0x5d:0000');
  expect(ipxe).toMatchObject({ file: `${httpUrl}/boot/\${netX/mac:hexhyp}` });
  await site.recorded(machine.node, 'boot.dhcp');
});

test('iPXE: each script is a try; what it names is there; each thing fetched is recorded once', async () => {
  const script = await site.wire.get(`/boot/${dashedMac}`);
  expect(script.status).toBe(200);
  const links = script.body.match(/http:\S+/g) ?? [];
  expect(links).toEqual([
    `${httpUrl}/boot/${dashedMac}/kernel/${sha256(kernel)}`,
    `${httpUrl}/boot/${dashedMac}/ramdisk/${sha256(ramdisk)}`,
    `${httpUrl}/boot/${dashedMac}/token.cpio`,
    `${httpUrl}/boot/${dashedMac}`,
  ]);
  expect(await tries()).toBe(1);
  const file = join(site.ledger.folder, 'fetched');
  for (const [content, link] of [
    [kernel, links[0]],
    [kernel, links[0]],
    [ramdisk, links[1]],
  ] as const) {
    await site.wire.in(site.wire.outside, 'curl', '-sf', '-o', file, link ?? '');
    expect((await readFile(file)).equals(content)).toBe(true);
  }
  await site.wire.in(
    site.wire.outside,
    'curl',
    '-sf',
    '-r',
    '1000-1099',
    '-o',
    file,
    links[0] ?? '',
  );
  expect((await readFile(file)).equals(kernel.subarray(1000, 1100))).toBe(true);
  await site.recorded(machine.node, 'boot.ramdisk');
  expect((await site.events(machine.node)).map(({ type }) => type)).toEqual([
    'boot.prepared',
    'boot.dhcp',
    'boot.script',
    'boot.kernel',
    'boot.ramdisk',
  ]);
  const [asked] = await site.events(machine.node, 'boot.script');
  expect(asked?.data).toEqual({ mac, loader: 'ipxe', mode: 'deploy', boot_try: 1 });
});

const provisioningUrl = 'http://10.88.0.1:8790';

const tokens: string[] = [];

async function fetchToken(...options: readonly string[]): Promise<Record<string, string>> {
  const directory = join(site.ledger.folder, randomBytes(4).toString('hex'));
  const url = `${httpUrl}/boot/${dashedMac}/token.cpio`;
  const { stdout } = await site.wire.in(
    site.wire.outside,
    'sh',
    '-c',
    `mkdir ${directory} && cd ${directory} && curl -sf ${options.join(' ')} -o t ${url} && busybox cpio -id <t && cat etc/metalcast/agent.conf`,
  );
  const lines = stdout.trim().split('\n').filter(Boolean);
  const conf = Object.fromEntries(
    lines.map((line) => line.replaceAll('"', '').split('=') as [string, string]),
  );
  tokens.push(...[conf['TOKEN'] ?? []].flat());
  return conf;
}

test('the token: new at each fetch, stored as its hash, for this boot and this address alone', async () => {
  const heart = { host: 'h', binary: 'metalcast-deploy-helper', topic: null, version: '1.0' };
  await beat(site.database, { ...heart, details: { provisioningUrl } }, true);
  const first = await fetchToken();
  const binding = { node: machine.node.uuid, epoch: 1, bootTry: 1 };
  expect(first).toMatchObject({
    NODE: machine.node.uuid,
    EPOCH: '1',
    BOOT_TRY: '1',
    HELPERS: provisioningUrl,
  });
  expect(first['TOKEN']).toMatch(/^[0-9a-f]{64}$/);
  const stored = async () => (await site.boot(machine.node))?.tokenHash;
  expect(await stored()).toBe(bootTokenHash(first['TOKEN'] ?? '', binding));
  const second = await fetchToken();
  expect(second['TOKEN']).not.toBe(first['TOKEN']);
  expect(await stored()).toBe(bootTokenHash(second['TOKEN'] ?? '', binding));

  await site.wire.ip(site.wire.outside, 'addr', 'add', '10.88.0.222/24', 'dev', 'eth0');
  expect(await fetchToken('--interface', '10.88.0.222')).toEqual({});
  const foreign = await site.wire.get(`/boot/${dashedMac}`, '--interface', '10.88.0.222');
  // If it is the node itself, with an address of another server: an error would send it to its disk.
  expect([foreign.status, foreign.body]).toEqual([
    200,
    expect.stringMatching(/^chain .*goto again$/m),
  ]);
  expect(foreign.body).not.toMatch(/kernel|initrd|exit|sanboot/);
  const asPxelinux = ['-sf', '--interface', '10.88.0.222'];
  const config = `tftp://${address}/pxelinux.cfg/01-${dashedMac}`;
  const { stdout } = await site.wire.in(site.wire.outside, 'curl', ...asPxelinux, config);
  expect(stdout).toContain(`CONFIG pxelinux.cfg/01-${dashedMac}`);
  expect(await stored()).toBe(bootTokenHash(second['TOKEN'] ?? '', binding));
  expect(await tries()).toBe(1);
});

test('pxelinux: the same over TFTP, and the next try', async () => {
  const directory = site.ledger.folder;
  const tftp = async (name: string): Promise<Buffer | undefined> => {
    const local = join(directory, randomBytes(4).toString('hex'));
    const args = ['tftp', '-g', '-r', name, '-l', local, '-b', '1428', address];
    const { exitCode } = await site.wire.in(site.wire.outside, 'busybox', ...args);
    return exitCode === 0 ? readFile(local) : undefined;
  };
  const config = (await tftp(`pxelinux.cfg/01-${dashedMac}`))?.toString() ?? '';
  expect(config).toContain(`KERNEL boot/${dashedMac}/kernel/${sha256(kernel)}`);
  expect(await tries()).toBe(2);
  const fetched = await tftp(`boot/${dashedMac}/kernel/${sha256(kernel)}`);
  expect(fetched?.equals(kernel)).toBe(true);
  expect((await site.recorded(machine.node, 'boot.kernel', 2)).length).toBe(2);
  expect((await tftp(`boot/${dashedMac}/token.cpio`))?.toString('latin1')).toContain('BOOT_TRY=2');
  for (const name of ['pxelinux.cfg/default', '../../etc/passwd', '/etc/passwd', 'dnsmasq.conf']) {
    expect(await tftp(name)).toBeUndefined();
  }
  // curl's TFTP client, with the smallest blocks.
  const url = `tftp://${address}/boot/${dashedMac}/ramdisk/${sha256(ramdisk)}`;
  const local = join(directory, 'by-curl');
  await site.wire.in(site.wire.outside, 'curl', '-sf', '--tftp-blksize', '512', '-o', local, url);
  expect((await readFile(local)).equals(ramdisk)).toBe(true);
  // Whoever has Debian's loaders gets them.
  const loader = '/usr/lib/PXELINUX/pxelinux.0';
  if (existsSync(loader)) {
    expect((await tftp('pxelinux.0'))?.equals(await readFile(loader))).toBe(true);
  }
});

test('who acknowledges nothing over TFTP changes nothing: its address may be forged', async () => {
  const of = await site.addMachine('52:54:00:88:00:06', '10.88.0.106', flavor);
  const dashed = '52-54-00-88-00-06';
  await site.wire.ip(site.wire.outside, 'addr', 'add', '10.88.0.106/24', 'dev', 'eth0');
  await site.wire.ip(site.wire.outside, 'link', 'set', 'eth0', 'up');
  await site.prepare(of.node);
  const own = ['--interface', '10.88.0.106'];
  await site.wire.get(`/boot/${dashed}`, ...own);
  expect(
    (await site.wire.get(`/boot/${dashed}/token.cpio`, '-o', '/dev/null', ...own)).status,
  ).toBe(200);
  const state = async (): Promise<unknown> => {
    const row = await site.boot(of.node);
    const events = await site.events(of.node);
    return [row?.bootTry, row?.tokenHash, events.map(({ type }) => type)];
  };
  const before = await state();
  const forger = join(import.meta.dirname, '../hostile/tftp-unacknowledged.py');
  const forge = async (...names: string[]): Promise<string[]> => {
    const args = [forger, of.address, address, '69', ...names];
    const { stdout } = await site.wire.in(site.wire.outside, 'python3', ...args);
    return stdout.trim().split('\n');
  };
  const answered = await forge(
    `pxelinux.cfg/01-${dashed}`,
    `boot/${dashed}`,
    `boot/${dashed}/token.cpio`,
    `boot/${dashed}/kernel/${sha256(kernel)}`,
    `boot/${dashed}/ramdisk/${sha256(ramdisk)}`,
  );
  expect(await state()).toEqual(before);
  expect(answered).toEqual(Array(5).fill(['3', '6']).flat());
  await site.setNode(of.node, { bootMode: 'local' });
  expect(await forge(`pxelinux.cfg/01-${dashed}`)).toEqual(['3', '6']);
  expect(await state()).toEqual(before);
  // Who acknowledges it is there: now it is told that the node boots its disk.
  const local = join(site.ledger.folder, 'local');
  const config = `tftp://${address}/pxelinux.cfg/01-${dashed}`;
  await site.wire.in(site.wire.outside, 'curl', '-sf', ...own, '-o', local, config);
  expect(await readFile(local, 'utf8')).toContain('LOCALBOOT 0');
  const [, , types] = before as [number, string, string[]];
  await site.recorded(of.node, 'boot.script', 2);
  expect(await state()).toEqual([1, expect.any(String), [...types, 'boot.script']]);
});

test('a loop ends in power off, told once; a sign of life allows further tries', async () => {
  expect((await site.wire.get(`/boot/${dashedMac}`)).body).toContain('kernel http');
  expect(await tries()).toBe(3);
  for (let ask = 0; ask < 2; ask += 1) {
    const { body } = await site.wire.get(`/boot/${dashedMac}`);
    expect(body).toContain('poweroff');
    expect(body).not.toMatch(/sanboot|exit|kernel/);
  }
  expect(await tries()).toBe(3);
  const loops = await site.events(machine.node, 'boot.loop');
  expect(loops.map(({ data }) => data)).toEqual([{ mac, tries: 3 }]);
  await site.database.prisma.deployment.create({
    data: { nodeId: machine.node.id, epoch: 1, bootTry: 3, nonceHash: 'x' },
  });
  expect((await site.wire.get(`/boot/${dashedMac}`)).body).toContain('kernel http');
  expect(await tries()).toBe(4);
});

test('a stale epoch changes nothing, a new one begins at no try', async () => {
  const before = (await site.events(machine.node)).length;
  await site.setNode(machine.node, { epoch: 2 });
  await site.cast(machine.node, 1);
  expect(await site.prepare(machine.node, 2)).toMatchObject({ type: 'boot.prepared', epoch: 2 });
  expect((await site.events(machine.node)).length).toBe(before + 1);
  expect(await tries()).toBe(0);
  expect((await site.boot(machine.node))?.tokenHash).toBeNull();
  await site.wire.get(`/boot/${dashedMac}`);
  // Prepared again in the same epoch, as an overdue step would: the count goes on.
  await site.prepare(machine.node, 2);
  expect(await tries()).toBe(1);
});

test('local: the own disk; the system’s request for an address is told, the firmware’s is not', async () => {
  await site.setNode(machine.node, { bootMode: 'local' });
  await site.prepare(machine.node, 2);
  expect(await site.wire.dhcp(mac, 'firmware')).toMatchObject({ ip: machine.address });
  const { body } = await site.wire.get(`/boot/${dashedMac}`);
  expect(body).toContain('sanboot --no-describe --drive 0x80');
  expect((await site.wire.get(`/boot/${dashedMac}/token.cpio`)).status).toBe(404);
  expect(await site.events(machine.node, 'boot.local.dhcp')).toEqual([]);
  expect(await site.wire.dhcp(mac, 'system')).toMatchObject({ ip: machine.address });
  const [told] = await site.recorded(machine.node, 'boot.local.dhcp');
  expect(told).toMatchObject({ epoch: 2, data: { mac, address: machine.address } });
  await site.wire.dhcp(mac, 'system');
  expect((await site.events(machine.node, 'boot.local.dhcp')).length).toBe(1);
  const modes = async () =>
    (await site.events(machine.node, 'boot.script')).map(
      ({ data }) => (data as { mode?: string }).mode,
    );
  // Told with other milestones that answer nothing, a moment later.
  await expect.poll(modes).toContain('local');
});

const localScripts = async (of: Machine): Promise<number> => {
  const scripts = await site.events(of.node, 'boot.script');
  return scripts.filter(({ data }) => (data as { mode: string }).mode === 'local').length;
};

test('local: that it asked is written down once, and when it was the node itself that asked', async () => {
  for (let again = 0; again < 5; again += 1) {
    const { body } = await site.wire.get(`/boot/${dashedMac}`);
    expect(body).toContain('sanboot');
  }
  expect(await localScripts(machine)).toBe(1);
  const other = await site.addMachine('52:54:00:88:00:05', '10.88.0.105', flavor);
  await site.setNode(other.node, { bootMode: 'local' });
  for (let again = 0; again < 5; again += 1) {
    const { body } = await site.wire.get('/boot/52-54-00-88-00-05');
    expect(body).toContain('sanboot');
  }
  expect(await localScripts(other)).toBe(0);
});

const phoneCalls: string[] = [];

/** The installed system phones home as cloud-init does; what it is answered. */
async function phoneHome(
  instance: string | null,
  token: string,
): Promise<{ status: number; code: unknown }> {
  phoneCalls.push(token);
  const form = 'instance_id=i&hostname=s&fqdn=s.test&pub_key_rsa=ssh-rsa+AAAA';
  const path = `/v1/phone-home/${instance}?token=${token}`;
  const { status, body } = await site.wire.get(path, '--data', form);
  return { status, code: (JSON.parse(body) as { code?: unknown }).code };
}

test('phone-home: told once, by the token of this server, node and epoch alone', async () => {
  const { uuid: node, instanceUuid: instance } = machine.node;
  const binding = { instance: instance!, node, epoch: 2 };
  const token = phoneHomeToken(site.keys.agent, binding);
  const refused = { status: 404, code: 'NOT_FOUND' };
  const elsewhere = '6f0c5f4e-0000-4000-8000-000000000001';
  expect(await phoneHome(instance, '0'.repeat(64))).toEqual(refused);
  expect(await phoneHome(instance, '')).toEqual(refused);
  expect(
    await phoneHome(instance, phoneHomeToken(site.keys.agent, { ...binding, epoch: 1 })),
  ).toEqual(refused);
  expect(await phoneHome(elsewhere, token)).toEqual(refused);
  expect(await phoneHome('nobody', token)).toEqual(refused);
  await site.setNode(machine.node, { bootMode: 'deploy' });
  expect(await phoneHome(instance, token)).toEqual({ status: 409, code: 'CONFLICT' });
  await site.setNode(machine.node, { bootMode: 'local' });
  expect(await site.events(machine.node, 'boot.local.phone_home')).toEqual([]);

  const calls = Array.from({ length: 5 }, () => phoneHome(instance, token));
  expect(await Promise.all(calls)).toEqual(calls.map(() => ({ status: 200, code: undefined })));
  expect(await phoneHome(instance, token)).toMatchObject({ status: 200 });
  expect(await site.events(machine.node, 'boot.local.phone_home')).toMatchObject([
    { epoch: 2, data: { instance_uuid: instance, address: machine.address } },
  ]);
});

test('where it is reached, and that it serves, is told by its heartbeat', async () => {
  const [service] = await listServices(site.database, 'metalcast-boot');
  expect(service).toMatchObject({
    up: true,
    details: { address, provisioningUrl: httpUrl, serving: true },
  });
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
  await site.prepare(machine.node, 2);
  expect(await site.wire.dhcp(mac, 'firmware')).toBeUndefined();
  expect(await readFile(hostFile(), 'utf8')).not.toContain(mac);
});

test('an address goes to another card at once, though a lease on it lives', async () => {
  await site.setNode(machine.node, { bootMode: 'local' });
  await site.prepare(machine.node, 2);
  expect(await site.wire.dhcp(mac, 'system')).toMatchObject({ ip: '10.88.0.101' });
  await site.database.prisma.port.deleteMany({ where: { macAddress: mac } });
  const other = await site.addMachine('52:54:00:88:00:02', '10.88.0.101', flavor);
  await site.prepare(machine.node, 2);
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
  await writeFile(join(site.stateDirectory('boot-1'), 'dhcp-leases'), '');
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

test('no token and no password in a log, a row or a message', async () => {
  const { prisma } = site.database;
  const rows = [
    await prisma.node.findMany(),
    await prisma.event.findMany(),
    await prisma.outbox.findMany(),
  ];
  const text = JSON.stringify(rows, (_, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  );
  expect(site.log()).toContain('"msg":"token"');
  expect(tokens).toHaveLength(2);
  const phoneTokens = phoneCalls.filter((token) => token !== '');
  expect(site.log()).toContain('/v1/phone-home/');
  for (const secret of [...tokens, ...phoneTokens, 'canary']) {
    expect(site.log() + text).not.toContain(secret);
  }
});
