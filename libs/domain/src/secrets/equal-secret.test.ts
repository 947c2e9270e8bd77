import { expect, test } from 'vitest';
import { equalSecret } from './equal-secret.js';

test.each([
  ['abc', 'abc', true],
  ['abc', 'abd', false],
  ['abc', 'ab', false],
  ['', 'abc', false],
])('%j and %j: %s', (given, expected, equal) => {
  expect(equalSecret(given, expected)).toBe(equal);
});
