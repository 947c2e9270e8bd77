import { expect, test } from 'vitest';
import { z } from 'zod';
import { zod } from './zod-pipe.js';

test('an absent body is an empty one', () => {
  expect(zod(z.strictObject({})).transform(undefined)).toEqual({});
});

test('null is a value of its own', () => {
  expect(zod(z.null()).transform(null)).toBeNull();
  expect(() => zod(z.strictObject({})).transform(null)).toThrow(/must be an object/);
});

const refusal = (schema: z.ZodType, value: unknown): string => {
  try {
    zod(schema).transform(value);
    return '';
  } catch (error) {
    return (error as Error).message;
  }
};

test('of many mistakes the first ten are told, and how many there are', () => {
  const text = refusal(
    z.array(z.string()),
    Array.from({ length: 7000 }, () => 1),
  );
  expect(text).toContain('field/attribute 9: ');
  expect(text).toMatch(/; and 6990 more$/);
});

test('of alternatives, what each of them found, or the sentence of all', () => {
  const both = [z.literal('a'), z.object({ b: z.int('is no number') })] as const;
  expect(refusal(z.union(both), { b: 'x' })).toContain('must be "a", or b: is no number');
  expect(refusal(z.union(both, 'must be one of the two'), { b: 'x' })).toBe(
    'Invalid input for the request: must be one of the two',
  );
});
