// The boot that is asked for fits the firmware that the node's ramdisk told of, through a command's whole way.
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Node } from '@metalcast/db';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { PowerRig } from './rig.js';

let rig: PowerRig;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ipmitool-'));
  // A BMC that keeps its power in a file.
  const script = `#!/bin/sh
echo "$*" >>'${folder}/calls'
case "$*" in
  *'power on') echo on >'${folder}/power' ;;
  *'power off') echo off >'${folder}/power' ;;
  *'power status') echo "Chassis Power is $(cat '${folder}/power')" ;;
esac
`;
  writeFileSync(join(folder, 'ipmitool'), script);
  chmodSync(join(folder, 'ipmitool'), 0o755);
  vi.stubEnv('PATH', `${folder}${delimiter}${process.env['PATH'] ?? ''}`);
  rig = await PowerRig.start();
  rig.worker();
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await rig.close();
  rmSync(folder, { recursive: true, force: true });
});

let last = 0;

/** What `chassis bootdev` was called with when the node was switched on from its disk. */
async function bootdev(node: Node): Promise<string | undefined> {
  writeFileSync(join(folder, 'power'), 'off\n');
  writeFileSync(join(folder, 'calls'), '');
  const key = `firmware-${(last += 1)}`;
  await rig.order(node, key, 'on', { boot_device: 'disk' });
  expect(await rig.ended(key)).toMatchObject({ state: 'succeeded' });
  return /bootdev (.*)$/m.exec(readFileSync(join(folder, 'calls'), 'utf8'))?.[1];
}

const hello = (node: Node, epoch: number, inventory: object): Promise<unknown> =>
  rig.others.prisma.deployment.create({
    data: { nodeId: node.id, epoch, bootTry: 1, nonceHash: '', inventory: { ...inventory } },
  });

test('unknown firmware, then UEFI, then a BIOS after a change; the operator’s word goes before', async () => {
  const enrolment = { powerDriver: 'ipmi', pmAddress: '127.0.0.1' };
  const node = await rig.addNode(enrolment);
  expect(await bootdev(node)).toBe('disk');
  await hello(node, 1, { firmware: 'uefi' });
  expect(await bootdev(node)).toBe('disk options=efiboot');
  await hello(node, 2, {});
  expect(await bootdev(node)).toBe('disk options=efiboot');
  await hello(node, 3, { firmware: 'bios' });
  expect(await bootdev(node)).toBe('disk');

  const other = { ...enrolment, pmAddress: '127.0.0.2' };
  const told = await rig.addNode({ ...other, pmOptions: { boot_efi: true } });
  await hello(told, 1, { firmware: 'bios' });
  expect(await bootdev(told)).toBe('disk options=efiboot');
});
