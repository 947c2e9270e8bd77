import { Fault } from '@metalcast/domain';
import { expect, test } from 'vitest';
import { planDisks } from './disk-safety.js';

const a = { name: 'sda', size: 512_000, pci: '0000:00:05.0' };
const b = { name: 'sdb', size: 512_000, pci: '0000:00:06.0' };
const bios_drives = [
  { drive: 128, pci: b.pci },
  { drive: 129, pci: a.pci },
];
const told = {
  ...{ disks: [a, b], protocol: 2, firmware: 'bios' as const, bios_drives, config_labels: [] },
};
const both = { disk: a, empties: [a, b] };
const codeOf = (plan: unknown): unknown => (plan instanceof Fault ? plan.code : plan);

test('the drive that a BIOS must boot from; UEFI uses its own boot entries', () => {
  expect(planDisks('n', told, both)).toMatchObject({ biosDrive: 129 });
  expect(planDisks('n', { ...told, firmware: 'uefi', bios_drives: [] }, both)).toMatchObject({
    biosDrive: undefined,
  });
});

test('a BIOS whose boot drive is unknown', () => {
  expect(codeOf(planDisks('n', { ...told, bios_drives: [] }, both))).toBe('DISK_ORDER_UNKNOWN');
  const alone = { ...told, disks: [a], bios_drives: [] };
  expect(planDisks('n', alone, { disk: a, empties: [a] })).toMatchObject({ biosDrive: undefined });
});

test('an old ramdisk leaves the other disks as they are', () => {
  expect(codeOf(planDisks('n', { ...told, protocol: 1 }, both))).toBe('RAMDISK_TOO_OLD');
  const alone = { ...told, protocol: 1, disks: [a], bios_drives: [], firmware: undefined };
  expect(planDisks('n', alone, { disk: a, empties: [a] })).toMatchObject({ disk: a });
});

test('what a server would mistake for its config drive', () => {
  const config_labels = [
    { disk: 'sda', device: 'sda2', label: 'config-2' },
    { disk: 'sdb', device: 'sdb1', label: 'CIDATA' },
    { disk: 'sr0', device: 'sr0', label: 'cidata' },
  ];
  expect(planDisks('n', { ...told, config_labels }, { disk: a, empties: [a] })).toMatchObject({
    code: 'DISK_FOREIGN_CONFIG',
    details: { places: 'CIDATA on sdb1 of disk sdb, cidata on sr0' },
  });
  const emptied = config_labels.slice(0, 2);
  expect(planDisks('n', { ...told, config_labels: emptied }, both)).toMatchObject({ disk: a });
});
