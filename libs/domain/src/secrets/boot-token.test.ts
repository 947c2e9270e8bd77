import { expect, test } from 'vitest';
import { bootTokenHash } from './boot-token.js';

test('a token is valid for one boot only', () => {
  const binding = { node: '8d3b3c9e-0000-4000-8000-000000000001', epoch: 4, bootTry: 2 };
  const hash = bootTokenHash('secret', binding);
  expect(hash).toMatch(/^[0-9a-f]{64}$/);
  expect(bootTokenHash('secret', { ...binding })).toBe(hash);
  expect(bootTokenHash('secret', { ...binding, epoch: 5 })).not.toBe(hash);
  expect(bootTokenHash('secret', { ...binding, bootTry: 3 })).not.toBe(hash);
  expect(bootTokenHash('other', binding)).not.toBe(hash);
});
