// Which loader a boot service's real dnsmasq gives to which firmware, and what is told of firmware that gets none.
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Machine } from './rows.js';
import { Site } from './site.js';
import { httpUrl } from './wire.js';

let site: Site;
let machine: Machine;
let flavor: Record<string, string>;

beforeAll(async () => {
  site = await Site.start();
  flavor = {
    'baremetal:deploy_kernel_id': site.images.add('kernel', randomBytes(1000)),
    'baremetal:deploy_ramdisk_id': site.images.add('ramdisk', randomBytes(1000)),
  };
  machine = await site.addMachine('52:54:00:88:00:01', '10.88.0.101', flavor);
  await site.ready(await site.startBoot('boot-1'));
  await site.prepare(machine.node);
});

afterAll(async () => {
  await site.close();
});

test('firmware that boots over HTTP gets a URL of its loader', async () => {
  const http = ['-V', 'HTTPClient:Arch:00016:UNDI:003001', '-x', '0x5d:0010'];
  const { file, vendor } = (await site.wire.dhcp(machine.mac, 'firmware', ...http)) ?? {};
  expect({ file, vendor }).toEqual({
    file: `${httpUrl}/loaders/snponly.efi`,
    vendor: 'HTTPClient',
  });
  // Firmware asks for the size first.
  const { stdout } = await site.wire.in(site.wire.outside, 'curl', '-sfI', file ?? '');
  expect(stdout).toMatch(/^content-length: \d{5,}\r$/im);
  const fetched = join(site.ledger.folder, 'snponly.efi');
  await site.wire.in(site.wire.outside, 'curl', '-sf', '-o', fetched, file ?? '');
  expect((await readFile(fetched)).equals(await readFile('/usr/lib/ipxe/snponly.efi'))).toBe(true);
  expect(await site.wire.get('/loaders/passwd')).toMatchObject({ status: 404 });
});

test('firmware that is older than option 93 gets its loader by its vendor class', async () => {
  expect(await site.wire.dhcp(machine.mac, 'firmware')).toMatchObject({ file: 'undionly.kpxe' });
  const nameless = ['-V', 'PXEClient'];
  expect(await site.wire.dhcp(machine.mac, 'firmware', ...nameless)).toMatchObject({
    file: 'undionly.kpxe',
  });
  const uefi = ['-V', 'PXEClient:Arch:00007:UNDI:003016'];
  expect(await site.wire.dhcp(machine.mac, 'firmware', ...uefi)).toMatchObject({
    file: 'snponly.efi',
  });
});

test('firmware without a loader, and a card without the address, are told by name', async () => {
  const [first, second] = ['52:54:00:88:00:21', '52:54:00:88:00:22'];
  const { node } = await site.addMachine(first, '10.88.0.121', flavor);
  await site.database.prisma.interface.create({ data: { nodeId: node.id, address: second } });
  await site.prepare(node);
  expect(await site.wire.dhcp(second, 'firmware')).toBeUndefined();
  const [other] = await site.recorded(node, 'boot.other_card');
  expect(other?.data).toEqual({ mac: second, served: first });
  const arm = ['-V', 'PXEClient:Arch:00011:UNDI:003000', '-x', '0x5d:000b'];
  expect(await site.wire.dhcp(first, 'firmware', ...arm)).toMatchObject({ file: '' });
  const [unsupported] = await site.recorded(node, 'boot.unsupported_firmware');
  expect(unsupported?.data).toEqual({ mac: first, firmware: '64-bit ARM UEFI' });
  expect(await site.boot(node)).toMatchObject({
    ...{ otherCard: second, servedCard: first, noLoaderFor: '64-bit ARM UEFI' },
  });
  // The next try begins anew.
  await site.wire.get(`/boot/${first.replaceAll(':', '-')}`);
  expect(await site.boot(node)).toMatchObject({ bootTry: 1, otherCard: null, noLoaderAt: null });
});
