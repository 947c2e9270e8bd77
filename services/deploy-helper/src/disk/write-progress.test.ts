import { expect, test } from 'vitest';
import { percentOf } from './write-progress.js';

test('percentages of qemu-img, and nothing else', () => {
  expect(percentOf('    (12.34/100%)')).toBe(12.34);
  expect(percentOf('    (100.00/100%)')).toBe(100);
  expect(percentOf('qemu-img: error while writing')).toBeUndefined();
});
