import { expect, test } from 'vitest';
import { diskHintText, isSurelyKept, parseDiskHint, type DiskHint } from './disk-hint.js';

const gib = 1024 ** 3;
const disk = {
  name: 'sda',
  size: 931.5 * gib,
  serial: 'S3Z8NB0K',
  wwn: 'naa.5002538d41628a33',
  model: 'Samsung SSD 860',
  vendor: 'ATA',
  rotational: false,
};

test.each<[DiskHint, string]>([
  [{ serial: 's3z8nb0k' }, 'yes'],
  [{ serial: 'S3Z8' }, 'no'],
  [{ serial: 's== S3Z8NB0K' }, 'yes'],
  [{ serial: 's!= S3Z8NB0K' }, 'no'],
  [{ serial: '<in> z8n' }, 'yes'],
  [{ serial: '<or> A <or> S3Z8NB0K' }, 'yes'],
  [{ serial: '<or> A <or> B' }, 'no'],
  [{ model: 'samsung ssd 860' }, 'yes'],
  [{ model: 's== Samsung  SSD 860' }, 'yes'],
  [{ model: '<all-in> ssd <all-in> 860' }, 'yes'],
  [{ model: '<all-in> ssd <all-in> 870' }, 'no'],
  [{ model: 's>= s' }, 'yes'],
  [{ wwn: '0x5002538D41628A33' }, 'yes'],
  [{ wwn: 'naa.5002538d41628a33' }, 'yes'],
  [{ wwn: '5002538d41628a33' }, 'yes'],
  [{ name: '/dev/sda' }, 'yes'],
  [{ name: 'sda' }, 'yes'],
  [{ name: 's== /dev/sda' }, 'yes'],
  [{ name: '<or> /dev/sdb <or> /dev/sda' }, 'yes'],
  [{ name: 'sdaa' }, 'no'],
  [{ name: '<in> sd' }, 'yes'],
  [{ name: 'nvme0n1' }, 'no'],
  [{ name: 'cciss!c0d0' }, 'no'],
  [{ size: 931 }, 'yes'],
  [{ size: '931' }, 'yes'],
  [{ size: '>= 900' }, 'yes'],
  [{ size: '>=900' }, 'yes'],
  [{ size: '= 900' }, 'yes'],
  [{ size: '== 900' }, 'no'],
  [{ size: '<= 900' }, 'no'],
  [{ size: '!= 900' }, 'yes'],
  [{ size: '<or> 100 <or> 931' }, 'yes'],
  [{ rotational: false }, 'yes'],
  [{ rotational: 'true' }, 'no'],
  [{ vendor: 'ata', size: '>= 100' }, 'yes'],
  [{ vendor: 'ata', size: '>= 1000' }, 'no'],
])('%j: %s', (hint, verdict) => {
  expect(parseDiskHint(hint)(disk)).toBe(verdict);
});

test('a property that a disk does not report is neither equal nor unequal', () => {
  const silent = { name: 'vda', size: gib };
  for (const hint of [{ serial: 'x' }, { serial: 's!= x' }, { rotational: true }, { wwn: '1' }]) {
    expect(parseDiskHint(hint)(silent)).toBe('unknown');
  }
  expect(parseDiskHint({ serial: 'x', size: 2 })(silent)).toBe('no');
  expect(parseDiskHint({ serial: 'x', size: 1 })({ ...silent, serial: ' ' })).toBe('unknown');
});

test.each<[DiskHint, RegExp]>([
  [{}, /names nothing/],
  [{ colour: 'red' }, /has the keys name, serial/],
  [{ toString: 'x' }, /has the keys/],
  [{ size: 'large' }, /number of GiB/],
  [{ size: '>= ' }, /number of GiB/],
  [{ size: 'nan' }, /number of GiB/],
  [{ size: -1 }, /number of GiB/],
  [{ size: 's== 5' }, /compares texts/],
  [{ serial: '' }, /empty/],
  [{ serial: 's== ' }, /no operand/],
  [{ serial: '<or>' }, /no operand/],
  [{ serial: '>= 5' }, /compares numbers/],
  [{ serial: '<range-in> [1 2]' }, /begins like an operator/],
  [{ rotational: 'perhaps' }, /true or false/],
  [{ name: '/dev/disk/by-id/wwn-0x5002538d41628a33' }, /no udev.*serial, wwn/],
  [{ name: '/dev/disk/by-path/pci-0000:00:1f.2-ata-1' }, /no udev.*serial, wwn/],
  [{ name: 'disk/by-id/ata-X' }, /no udev/],
  [{ name: '<or> sda <or> /dev/mapper/mpatha' }, /no udev/],
  [{ name: 's!= /dev/disk/by-label/root' }, /no udev/],
  [{ name: '<in> by-id' }, /no udev/],
  [{ name: '/dev/sda1' }, /is a partition.*sda/],
  [{ name: 'nvme0n1p2' }, /is a partition.*nvme0n1/],
  [{ by_path: '/dev/disk/by-path/pci-0000:00:1f.2-ata-1' }, /no udev.*serial, wwn/],
  [{ hctl: '1:0:0:0' }, /has the keys/],
])('%j is refused', (hint, words) => {
  expect(() => parseDiskHint(hint)).toThrow(words);
  expect(() => parseDiskHint(hint)).toThrow(
    expect.objectContaining({ code: 'DISK_HINT_MALFORMED' }) as Error,
  );
});

test('a root device that is marked to be kept is recognised before any disk is known', () => {
  expect(isSurelyKept({ serial: 'A' }, { serial: 'a' })).toBe(true);
  expect(isSurelyKept({ serial: 'A', size: 5 }, { size: '>= 4' })).toBe(true);
  expect(isSurelyKept({ size: '>= 4' }, { size: '>= 4' })).toBe(true);
  expect(isSurelyKept({ rotational: true }, { rotational: 'yes' })).toBe(true);
  expect(isSurelyKept({ serial: 'A' }, { serial: 'B' })).toBe(false);
  expect(isSurelyKept({ serial: 'A' }, { serial: 'A', size: 5 })).toBe(false);
});

test("in an operator's notation", () => {
  expect(diskHintText({ serial: 'A', size: '>= 4', rotational: true })).toBe(
    'serial=A size=">= 4" rotational=true',
  );
});
