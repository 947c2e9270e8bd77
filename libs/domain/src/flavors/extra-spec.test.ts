import { describe, expect, test } from 'vitest';
import { parseExtraSpec } from './extra-spec.js';
import { Fault } from '../faults/fault.js';

type Value = string | number | boolean;

const matching: readonly [spec: string, value: Value][] = [
  // no operator: the whole text must be equal
  ['1', '1'],
  ['1', 1],
  ['true', true],
  ['', ''],
  ['two words', 'two words'],
  ['> 2', '> 2'],
  // "=" is at least
  ['= 123', '123'],
  ['= 123', '124'],
  ['= 123', 123.5],
  ['== 123', '123'],
  ['== 123', '123.0'],
  ['== 1e3', 1000],
  ['!= 123', '124'],
  ['>= 1', '1'],
  ['>= 1', '2'],
  ['<= 1', '1'],
  ['<= 1', '-3'],
  // texts
  ['s== 123', '123'],
  ['s== 123', 123],
  ['s!= 123', '1234'],
  ['s< 2', '1000'],
  ['s<= 2', '2'],
  ['s> abc', 'abd'],
  ['s>= abc', 'abc'],
  ['s> 2', '21'],
  ['<in> 11', '12311321'],
  ['<in> ssd', 'fast ssd'],
  ['<all-in> aes mmx', 'mmx sse aes'],
  ['<all-in> 1', 12311321],
  // alternatives
  ['<or> 11 <or> 12', '11'],
  ['<or> 11 <or> 12', '12'],
  ['<or> 11 <or> 12', 12],
  ['<or> 11 <or> 12 <or>', '12'],
  ['<or> 11', '11'],
  ['<or> a or b', 'b'],
  // spaces and further words
  ['  =   123 ', '123'],
  ['\t==\n5\n', '5'],
  ['>= 4 or more', '4'],
  ['s== a b', 'a'],
  ['<in> a b', 'xax'],
];

const failing: readonly [spec: string, value: Value][] = [
  ['<all-in> aes avx', 'mmx sse aes'],
  ['<all-in> aes', '<all-in> AES'],
  ['1', '3'],
  ['1', '01'],
  ['1', ''],
  ['', 'x'],
  ['two words', 'two'],
  [' 1', '1'],
  ['> 2', '4'],
  ['= 234', '34'],
  ['== 123', '124'],
  ['!= 123', '123'],
  ['!= 123', '123.0'],
  ['>= 3', '2'],
  ['<= 2', '3'],
  ['s== 123', '1234'],
  ['s== a b', 'a b'],
  ['s!= 123', '123'],
  ['s< 1', '2'],
  ['s<= 2', '3'],
  ['s> 2', '1000'],
  ['s>= 234', '1000'],
  ['<in> 11', '12310321'],
  ['<or> 11 <or> 12', '13'],
  ['<or> 11 <or> 12', '11 <or> 12'],
  ['<or> a or b', 'or'],
  ['<or> a b', 'b'],
  // a value that is no number matches no numeric operator, not even !=
  ['= 0', 'fast'],
  ['!= 0', 'fast'],
  ['>= 0', ''],
  ['>= 0', true],
];

const malformed: readonly [spec: string, reason: RegExp][] = [
  ...['=', '==', '!=', '>=', '<=', 's==', 's!=', 's<', 's<=', 's>', 's>=', '<in>', '<or>'].map(
    (operator): [string, RegExp] => [operator, /no operand/],
  ),
  ['=  ', /no operand/],
  ['  <or>  ', /no operand/],
  ['= four', /numbers, and four is not one/],
  ['== 0x10', /numbers/],
  ['>= 1_000', /numbers/],
  ['<= 4GB', /numbers/],
  ['!= --1', /numbers/],
  ['>= 1,5', /numbers/],
  ['== .', /numbers/],
  ['== e5', /numbers/],
];

describe('extra specs: what matches', () => {
  test.each(matching)('%j of %j', (spec, value) => {
    expect(parseExtraSpec(spec).matches(value)).toBe(true);
  });
});

describe('extra specs: what does not match', () => {
  test.each(failing)('%j of %j', (spec, value) => {
    expect(parseExtraSpec(spec).matches(value)).toBe(false);
  });
});

test.each(malformed)('malformed: %j', (spec, reason) => {
  const parse = () => parseExtraSpec(spec);
  expect(parse).toThrow(Fault);
  expect(parse).toThrow(reason);
  expect(parse).toThrow(expect.objectContaining({ code: 'EXTRA_SPEC_MALFORMED' }));
});

test('the fault names the key when it is known', () => {
  expect(() => parseExtraSpec('>=', 'capabilities:bandwidth')).toThrow(
    "The extra spec value 'capabilities:bandwidth=>=' cannot be read",
  );
});

/** Python's float(): the same number on both sides. */
test.each<[string, number]>([
  ['1.', 1],
  ['.5', 0.5],
  ['+1', 1],
  ['-1', -1],
  ['1e3', 1000],
  ['1E+3', 1000],
  ['1.5e-1', 0.15],
  ['007', 7],
])('float(%j) is %d', (text, number) => {
  expect(parseExtraSpec(`== ${text}`).matches(number)).toBe(true);
  expect(parseExtraSpec(`== ${String(number)}`).matches(` ${text} `)).toBe(true);
});

test.each([
  ['>= inf', 'Infinity', true],
  ['>= inf', '1e308', false],
  ['<= -infinity', '-INF', true],
  ['<= inf', '5', true],
  ['== nan', 'nan', false],
  ['!= nan', 'nan', true],
  ['>= 0', 'NaN', false],
  ['== infinit', undefined, undefined],
])('%s of %s', (spec, value, holds) => {
  if (value === undefined) {
    expect(() => parseExtraSpec(spec)).toThrow(/numbers/);
  } else {
    expect(parseExtraSpec(spec).matches(value)).toBe(holds);
  }
});

test('names of Object.prototype are no operators', () => {
  expect(parseExtraSpec('constructor').matches('constructor')).toBe(true);
  expect(parseExtraSpec('__proto__ x').matches('__proto__ x')).toBe(true);
});

test.each<[spec: string, example: string | undefined]>([
  ['two words', 'two words'],
  ['>= 4', '4'],
  ['!= 4', undefined],
  ['== nan', undefined],
  ['s<= b', 'b'],
  ['s< b', undefined],
  ['<in> ssd', 'ssd'],
  ['<or> 11 <or> 12', '11'],
])('a value that meets %j: %j', (spec, example) => {
  expect(parseExtraSpec(spec).example).toBe(example);
});
