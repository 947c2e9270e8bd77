import { expect, test } from 'vitest';
import { z } from 'zod';
import { parseWith } from './zod-pipe.js';

const schema = z.strictObject({
  name: z.string().min(2).max(3).optional(),
  list: z.array(z.string()).max(1).optional(),
  size: z.int().min(1).max(9).optional(),
  step: z.number().positive().multipleOf(5).optional(),
  id: z.uuid().optional(),
  address: z.ipv4().optional(),
  pattern: z.string().regex(/^a$/).optional(),
  when: z.iso.datetime().optional(),
  kind: z.enum(['one', 'two']).optional(),
  either: z.union([z.strictObject({ a: z.string() }), z.literal('none')]).optional(),
  items: z.record(z.string().max(2), z.string()).optional(),
});

const messageOf = (value: unknown): string => {
  try {
    parseWith(schema, value);
    return '';
  } catch (error) {
    return (error as Error).message;
  }
};

test.each([
  [null, 'must be an object'],
  [{ bogus: 1, other: 2 }, 'not known here: bogus, other'],
  [{ name: 1 }, 'must be a text'],
  [{ name: 'x' }, 'must have at least 2 characters'],
  [{ name: 'xxxx' }, 'must have at most 3 characters'],
  [{ list: {} }, 'must be a list'],
  [{ list: ['a', 'b'] }, 'must have at most 1 items'],
  [{ size: 'x' }, 'must be a number'],
  [{ size: 1.5 }, 'must be a whole number'],
  [{ size: 0 }, 'must be at least 1'],
  [{ size: 10 }, 'must be at most 9'],
  [{ step: 0 }, 'must be more than 0'],
  [{ step: 7 }, 'must be a multiple of 5'],
  [{ id: 'x' }, 'must be a UUID'],
  [{ address: 'x' }, 'must be an IPv4 address'],
  [{ pattern: 'x' }, 'must be of another form'],
  [{ when: 'x' }, 'must be a time in ISO 8601'],
  [{ kind: 'x' }, 'must be "one" or "two"'],
  [{ either: 1 }, 'must be an object, or must be "none"'],
  [{ either: {} }, 'a: is missing'],
  [{ items: { abc: '' } }, 'must have at most 2 characters'],
])('%j: %s', (value, message) => {
  const said = messageOf(value);
  expect(said).toContain(message);
  expect(said).not.toMatch(
    /Invalid input(?! for)|Unrecognized|expected |received|Too (small|big)|Invalid [A-Z]/,
  );
});
