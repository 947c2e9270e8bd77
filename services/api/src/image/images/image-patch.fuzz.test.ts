// Whatever operations a user strings together: an image as the API may keep it, or a fault of the request.
import { Fault } from '@metalcast/domain';
import { hostileJson, hostileName } from '@metalcast/testing/hostile';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseWith } from '../../http/requests/zod-pipe.js';
import { patched } from './image-patch.js';
import { baseFields, imageDocument, imagePatch, readOnlyFields } from './image.schema.js';

const document = { name: 'a', tags: ['x', 'y'], arch: 'x86_64', visibility: 'shared' };

const escaped = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1');
const field = hostileName('arch', 'os', ...baseFields, ...readOnlyFields);
const path = fc.oneof(
  { weight: 4, arbitrary: field.map((name) => `/${escaped(name)}`) },
  {
    weight: 4,
    arbitrary: fc
      .constantFrom('0', '1', '2', '-', '', '01', '1e0', '0x1', ' 1', '-1', '0.5', 'length')
      .map((index) => `/tags/${index}`),
  },
  { weight: 2, arbitrary: fc.constant('/tags') },
  { weight: 1, arbitrary: hostileName().map((name) => `/${name}`) },
);
const value = fc.oneof(hostileJson, fc.constantFrom('shared', 'x', []), fc.array(fc.string()));
const patch = fc.array(
  fc.record(
    { op: fc.constantFrom('add', 'replace', 'remove'), path, value },
    { requiredKeys: ['op', 'path'] },
  ),
  { maxLength: 5 },
);

const faults = ['BAD_REQUEST', 'CONFLICT', 'FORBIDDEN'];

test('a patch makes an image of its operations, or is refused', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(patch, (operations) => {
      try {
        const image = parseWith(
          imageDocument,
          patched(document, parseWith(imagePatch, operations)),
        );
        seen.add('accepted');
        expect(Object.getPrototypeOf(image.properties)).toBe(Object.prototype);
        for (const [name, property] of Object.entries(image.properties)) {
          expect([...baseFields, ...readOnlyFields]).not.toContain(name);
          expect(property).toEqual(expect.any(String));
        }
        expect(new Set(image.tags).size).toBe(image.tags.length);
      } catch (error) {
        expect(error).toBeInstanceOf(Fault);
        const { code } = error as Fault;
        expect(faults).toContain(code);
        seen.add(code);
      }
    }),
    { numRuns: 2_000 },
  );
  expect([...seen].sort()).toEqual(['accepted', ...faults].sort());
});

test.each(['__proto__', 'constructor', 'toString', 'a/b', '~', '~01', ''])(
  'a property named %j is kept under its name, or refused aloud',
  (name) => {
    const operation = { op: 'add', path: `/${escaped(name)}`, value: 'told' } as const;
    const kept = (): object => parseWith(imageDocument, patched(document, [operation])).properties;
    if (name === '__proto__') {
      expect(kept).toThrow(expect.objectContaining({ code: 'BAD_REQUEST' }) as Error);
    } else {
      expect(Object.entries(kept())).toContainEqual([name, 'told']);
    }
  },
);

test.each(['', '01', '1e0', '0x1', ' 1', '1.0', '+1'])(
  'the place %j of a tag is none: a number has one spelling (RFC 6901)',
  (index) => {
    const operation = { op: 'remove', path: `/tags/${index}` } as const;
    expect(() => patched(document, [operation])).toThrow(
      expect.objectContaining({ code: 'CONFLICT' }) as Error,
    );
  },
);
