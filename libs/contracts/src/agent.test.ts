import { expect, test } from 'vitest';
import { agentDisk, agentHello, agentReport } from './agent.js';

const node = '6f1e2a52-5a5c-4a0e-9d3b-0f6a1c2b3d4e';

test('control characters are removed from what a ramdisk reports, except line ends and tabs', () => {
  const disk = agentDisk.parse({ name: 'sda', size: '1', serial: 'S\u00001\u001b[2J' });
  expect(disk.serial).toBe('S1[2J');
  const told = {
    node,
    epoch: '1',
    step: 'error',
    error: 'panic \u0000x',
    evidence: 'a\tb\r\nc\u0007',
  };
  expect(agentReport.parse(told)).toMatchObject({ error: 'panic x', evidence: 'a\tb\nc' });
});

test('a name that has only control characters is refused', () => {
  expect(agentDisk.safeParse({ name: '\u0000', size: 1 }).success).toBe(false);
});

const hello = {
  ...{ node, epoch: 1, boot_try: 1, token: 't'.repeat(32), nonce: 'a'.repeat(32) },
};
const hex = (text: string): string => Buffer.from(text).toString('hex');

test('two disks with one name are refused, because nothing distinguishes them', () => {
  const told = { ...hello, disks: [1, 2].map((size) => ({ name: 'sda', size })) };
  expect(agentHello.safeParse(told).success).toBe(false);
});

test('every identity that the kernel reports of a disk fits', () => {
  // Without EUI-64, NGUID and UUID: vendor, 20 bytes of serial number, 40 of model, namespace.
  const wwn = `nvme.1b36-${hex('S'.repeat(20))}-${hex('M'.repeat(40))}-00000001`;
  const serial = 'V'.repeat(252);
  const told = { ...hello, disks: [{ name: 'nvme0n1', size: 512, wwn, serial }] };
  expect(agentHello.parse(told).disks[0]).toMatchObject({ wwn, serial });
});

test.each(['18446744073709551615', 0, -1, 0.5])(
  'a BIOS that counts %s sectors reports nothing',
  (sectors) => {
    const told = { ...hello, bios_drives: [{ drive: 128, sectors }] };
    expect(agentHello.parse(told).bios_drives).toEqual([{ drive: 128, sectors: 0 }]);
  },
);
