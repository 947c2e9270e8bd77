import { expect, test } from 'vitest';
import { biosDriveOf } from './bios-drive.js';

const blank = '0x00000000';
const a = { name: 'sda', size: 512_000, pci: '0000:00:05.0', mbr_signature: blank };
const b = { name: 'sdb', size: 512_000, pci: '0000:00:06.0', mbr_signature: blank };
const seen = (drive: number, pci: string, signature = blank, sectors = 1000) => ({
  ...{ drive, pci, sectors, mbr_signature: signature },
});

test('by controller', () => {
  const bios_drives = [seen(128, b.pci), seen(129, a.pci)];
  expect(biosDriveOf(a, { disks: [a, b], bios_drives })).toBe(129);
  expect(biosDriveOf(b, { disks: [a, b], bios_drives })).toBe(128);
});

test('by signature and by size on one controller', () => {
  const one = { ...a, mbr_signature: '0x12345678' };
  const two = { ...b, pci: a.pci };
  const large = { ...two, name: 'sdc', size: 4096 * 2000 };
  const bios_drives = [
    seen(128, a.pci, blank, 2000),
    seen(129, a.pci),
    seen(130, a.pci, '0x12345678'),
  ];
  const told = { disks: [one, two, large], bios_drives };
  expect([one, two, large].map((disk) => biosDriveOf(disk, told))).toEqual([130, 129, 128]);
});

test('two drives that are alike are unknown, but a third beside them is known', () => {
  const twin = { ...b, pci: a.pci };
  const other = { ...a, name: 'nvme0n1', pci: '0000:01:00.0' };
  const bios_drives = [seen(128, a.pci), seen(129, a.pci), seen(130, other.pci)];
  const told = { disks: [a, twin, other], bios_drives };
  expect([a, twin, other].map((disk) => biosDriveOf(disk, told))).toEqual([
    undefined,
    undefined,
    130,
  ]);
});

test('what is known of one drive identifies the other', () => {
  const signed = { ...a, mbr_signature: '0x12345678' };
  const silent = { name: 'sdb', size: a.size, pci: a.pci };
  const bios_drives = [seen(128, a.pci, '0x99999999'), seen(129, a.pci, '0x12345678')];
  expect(biosDriveOf(silent, { disks: [signed, silent], bios_drives })).toBe(128);
});

test('without data of the BIOS nothing is known', () => {
  expect(biosDriveOf(a, { disks: [a], bios_drives: [] })).toBeUndefined();
  expect(biosDriveOf(a, { disks: [a], bios_drives: [seen(128, '0000:09:00.0')] })).toBeUndefined();
});

test('a BIOS that reports only numbers: an only disk is known, of two disks neither is', () => {
  expect(biosDriveOf(a, { disks: [a], bios_drives: [{ drive: 128 }] })).toBe(128);
  const bios_drives = [{ drive: 128 }, { drive: 129 }];
  expect(biosDriveOf(a, { disks: [a, b], bios_drives })).toBeUndefined();
});
