import { expect, test } from 'vitest';
import { diskNameThisBoot } from './disk-name-this-boot.js';

const inventory = {
  macs: [],
  disks: [
    { name: 'sda', size: 1000, serial: 'A', rotational: true },
    { name: 'sdb', size: 1000, serial: 'B' },
  ],
};
const disks = [
  { name: 'sda', size: 1000, serial: 'B' },
  { name: 'sdb', size: 1000, serial: 'A' },
];

test("a written disk stays the deployment's disk, whatever the kernel names it in the next boot", () => {
  expect(diskNameThisBoot({ disk: 'sda', inventory }, { disks })).toBe('sdb');
  expect(diskNameThisBoot({ disk: 'sdb', inventory }, { disks })).toBe('sda');
});

test('a disk that reports no identity, or that is reported twice, keeps its name', () => {
  const silent = { disks: [{ name: 'vda', size: 1000 }] };
  expect(diskNameThisBoot({ disk: 'vda', inventory: silent }, silent)).toBe('vda');
  const twice = { disks: [...disks, { name: 'sdc', size: 1000, serial: 'A' }] };
  expect(diskNameThisBoot({ disk: 'sda', inventory }, twice)).toBe('sda');
});
