import { expect, test } from 'vitest';
import { nameNow } from './name-now.js';

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
  expect(nameNow({ disk: 'sda', inventory }, { disks })).toBe('sdb');
  expect(nameNow({ disk: 'sdb', inventory }, { disks })).toBe('sda');
});

test('a disk that reports no identity, or that is reported twice, keeps its name', () => {
  const silent = { disks: [{ name: 'vda', size: 1000 }] };
  expect(nameNow({ disk: 'vda', inventory: silent }, silent)).toBe('vda');
  const twice = { disks: [...disks, { name: 'sdc', size: 1000, serial: 'A' }] };
  expect(nameNow({ disk: 'sda', inventory }, twice)).toBe('sda');
});
