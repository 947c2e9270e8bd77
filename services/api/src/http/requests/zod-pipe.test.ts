import { expect, test } from 'vitest';
import { z } from 'zod';
import { zod } from './zod-pipe.js';

test('an absent body is an empty one', () => {
  expect(zod(z.strictObject({})).transform(undefined)).toEqual({});
});

test('null is a value of its own', () => {
  expect(zod(z.null()).transform(null)).toBeNull();
  expect(() => zod(z.strictObject({})).transform(null)).toThrow(/expected object, received null/);
});
