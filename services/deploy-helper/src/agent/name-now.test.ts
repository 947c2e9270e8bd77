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

test('a disk that was written stays the one, whatever the kernel calls it in the next boot', () => {
  expect(nameNow({ disk: 'sda', inventory }, { disks })).toBe('sdb');
  expect(nameNow({ disk: 'sdb', inventory }, { disks })).toBe('sda');
});

test('one that tells nothing of itself, or is told twice, keeps its name', () => {
  const silent = { disks: [{ name: 'vda', size: 1000 }] };
  expect(nameNow({ disk: 'vda', inventory: silent }, silent)).toBe('vda');
  const twice = { disks: [...disks, { name: 'sdc', size: 1000, serial: 'A' }] };
  expect(nameNow({ disk: 'sda', inventory }, twice)).toBe('sda');
});
