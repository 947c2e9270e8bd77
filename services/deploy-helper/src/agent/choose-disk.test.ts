import { expect, test } from 'vitest';
import { chooseDisk } from './choose-disk.js';

const disks = [
  { name: 'sdb', size: 200 },
  { name: 'sdc', size: 100 },
  { name: 'sda', size: 200 },
];

test('the smallest that holds it, the first by name among equals', () => {
  expect(chooseDisk(disks, 50)?.name).toBe('sdc');
  expect(chooseDisk(disks, 150)?.name).toBe('sda');
});

test('the largest when none holds it, none when there is none', () => {
  expect(chooseDisk(disks, 500)?.size).toBe(200);
  expect(chooseDisk([], 1)).toBeUndefined();
});
