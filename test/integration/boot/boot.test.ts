// A boot service with its real dnsmasq, asked by real clients over a wire.
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beat } from '@metalcast/db';
import { bootTokenHash } from '@metalcast/domain';
import { phoneHomeToken } from '@metalcast/keys';
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
