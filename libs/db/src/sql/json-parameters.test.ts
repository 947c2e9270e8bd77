import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { jsonAsText } from './json-parameters.js';

/** How pg itself writes a value. */
const { prepareValue } = createRequire(import.meta.url)('pg/lib/utils.js') as {
  prepareValue: (value: unknown) => unknown;
};

test.each([
  [null],
  [undefined],
  ['text'],
  [1.5],
  [2n ** 60n],
  [true],
  [new Date(0)],
  [Buffer.from('bytes')],
  [new Uint8Array([1, 2])],
  [{ a: [1, { b: '"\\' }], gone: undefined }],
  [Object.assign(Object.create(null), { a: 1 })],
  [['a', null, '"', ['b']]],
  [[{ a: '"\\' }, null, [{ b: 1 }]]],
  [[new Date(0), Buffer.from('x'), 1n]],
])('value %# is sent as it was', (value) => {
  const [given] = jsonAsText([value]);
  expect(prepareValue(given)).toEqual(prepareValue(value));
});

test('what JSON has no word for is told before it is sent', () => {
  const circle: unknown[] = [];
  circle.push({ circle });
  for (const value of [{ count: 1n }, [[{ count: 1n }]], { circle }]) {
    expect(() => jsonAsText([value])).toThrow(TypeError);
  }
});
