import { expect, test } from 'vitest';
import { bodyBoolean, booleanWord, readBoolean, type BooleanForm } from './booleans.js';

test.each<[BooleanForm, string, boolean | undefined]>([
  ['compute query', 'true', true],
  ['compute query', 'T', true],
  ['compute query', 'y', true],
  ['compute query', 'Off', false],
  ['compute query', 'enabled', undefined],
  ['compute body', 'True', true],
  ['compute body', 'on', true],
  ['compute body', 'no', false],
  ['compute body', 'y', undefined],
  ['compute body', 'yES', undefined],
  ['image query', '0', false],
  ['network query', 'True', true],
  ['network query', '1', true],
  ['network query', 'yes', undefined],
  ['network query', '', undefined],
])('%s: %s is %s', (form, word, value) => {
  expect(readBoolean(form, word)).toBe(value);
});

test('a word that is no boolean is refused, and so are several', () => {
  const schema = booleanWord('compute query');
  expect(schema.parse('YES')).toBe(true);
  expect(schema.safeParse('maybe').error?.issues[0]?.message).toBe('must be true or false');
  expect(schema.safeParse(['1', '0']).error?.issues[0]?.message).toBe('must be given once');
});

test.each<[unknown, boolean | undefined]>([
  [true, true],
  ['True', true],
  ['1', true],
  ['no', false],
  [1, undefined],
  ['', undefined],
  ['maybe', undefined],
  [null, undefined],
])('%j as a boolean of a body is %j', (value, expected) => {
  expect(bodyBoolean.safeParse(value).data).toBe(expected);
});
