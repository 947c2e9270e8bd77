import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jsonDepthExceeds, jsonExceeds } from './json-depth.js';

/** The simple way, for values that are known to be shallow. */
const members = (value: unknown): unknown[] =>
  typeof value === 'object' && value !== null ? Object.values(value) : [];
const depthOf = (value: unknown): number =>
  typeof value === 'object' && value !== null ? 1 + Math.max(0, ...members(value).map(depthOf)) : 0;
const countOf = (value: unknown): number =>
  members(value).reduce<number>((sum, member) => sum + countOf(member), 1);

const anyJson = fc.tuple(fc.jsonValue({ maxDepth: 6 }), fc.constantFrom(0, 1, '\t', '\r\n '));

describe('the size of a JSON text', () => {
  test('is the size of its value', () => {
    fc.assert(
      fc.property(anyJson, ([value, indent]) => {
        const text = JSON.stringify(value, null, indent);
        // From the text, because JSON.stringify leaves out what is not JSON.
        const built: unknown = JSON.parse(text);
        const depth = depthOf(built);
        const values = countOf(built);
        for (const form of [text, Buffer.from(text)]) {
          expect(jsonExceeds(form, { depth, values })).toBeUndefined();
          expect(jsonExceeds(form, { depth, values: values - 1 })).toBe('values');
          expect(jsonDepthExceeds(form, depth)).toBe(false);
          expect(jsonDepthExceeds(form, Math.max(depth - 1, 0))).toBe(depth > 0);
        }
      }),
    );
  });

  test('is measured for any text without an error', () => {
    const texts = fc.oneof(fc.string({ unit: 'binary' }), fc.uint8Array());
    const punctuation = fc.string({
      unit: fc.constantFrom('[', ']', '{', '}', '"', ',', ':', '\\', ' ', '1'),
    });
    fc.assert(
      fc.property(fc.oneof(texts, punctuation), (text) => {
        expect(['depth', 'values', undefined]).toContain(
          jsonExceeds(text, { depth: 3, values: 5 }),
        );
      }),
    );
  });

  test.each([
    ['brackets in a string', '"[[[[{{{{,,,,"', 0],
    ['an escaped quote', String.raw`"\"[[[["`, 0],
    ['an escaped backslash before the end', String.raw`["\\",["\\"]]`, 2],
    ['a key', '{"[[[":{"\\"{{":1}}', 2],
    ['what is closed again', '[[],[],[[]],{}]', 3],
  ])('%s', (_, text, depth) => {
    expect(jsonDepthExceeds(text, depth)).toBe(false);
    expect(jsonDepthExceeds(text, Math.max(depth - 1, 0))).toBe(depth > 0);
  });

  test('of a million brackets is reported at the limit', () => {
    const deep = '['.repeat(1_000_000);
    expect(jsonExceeds(deep, { depth: 100, values: 1_000 })).toBe('depth');
    expect(jsonExceeds(`[${'[],'.repeat(1_000_000)}1]`, { depth: 100, values: 1_000 })).toBe(
      'values',
    );
  });

  test('is never negative, however many brackets are closed', () => {
    expect(jsonDepthExceeds(`${']'.repeat(1_000)}${'['.repeat(50)}`, 49)).toBe(true);
  });
});
