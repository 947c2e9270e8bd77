import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { isStorable } from './storable.js';

test.each([
  [undefined],
  ['text'],
  ['\u{1f680} \\u0000'],
  [{ a: [{ b: 'text' }, 1, null, true] }],
  [Readable.from(['\0'])],
])('%o can be stored', (body) => {
  expect(isStorable(body)).toBe(true);
});

test.each([
  ['\0'],
  ['a\0b'],
  ['\ud800'],
  ['\udc00\ud800'],
  [['\0']],
  [{ a: { b: ['x', { c: '\0' }] } }],
  [{ 'a\0': 1 }],
])('%j cannot', (body) => {
  expect(isStorable(body)).toBe(false);
});

test('however deep', () => {
  let body: unknown = '\0';
  for (let depth = 0; depth < 100_000; depth += 1) {
    body = [body];
  }
  expect(isStorable(body)).toBe(false);
});
