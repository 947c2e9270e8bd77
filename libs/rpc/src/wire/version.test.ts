import { expect, test } from 'vitest';
import { isCompatible } from './version.js';

test.each([
  ['1.0', '1.5', true],
  ['1.5', '1.5', true],
  ['1.6', '1.5', false],
  ['2.0', '1.5', false],
  ['1.0', '2.0', false],
  ['1', '1.5', true],
  ['1.10', '1.9', false],
  ['x', '1.5', false],
])('a caller of %s and a server of %s: %s', (required, offered, fits) => {
  expect(isCompatible(required, offered)).toBe(fits);
});
