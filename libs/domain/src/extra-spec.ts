import { Fault } from './fault.js';

type Value = string | number | boolean;

/** What a flavor's extra spec asks of a node's value. */
export interface ExtraSpec {
  readonly text: string;
  /** A value that matches, where the text names one. */
  readonly example: string | undefined;
  matches(value: Value): boolean;
}

type Compare<T> = (value: T, operand: T) => boolean;

const numeric: Readonly<Record<string, Compare<number>>> = {
  // Nova's "=" means at least.
  '=': (value, operand) => value >= operand,
  '==': (value, operand) => value === operand,
  '!=': (value, operand) => value !== operand,
  '>=': (value, operand) => value >= operand,
  '<=': (value, operand) => value <= operand,
};

const textual: Readonly<Record<string, Compare<string>>> = {
  's==': (value, operand) => value === operand,
  's!=': (value, operand) => value !== operand,
  's<': (value, operand) => value < operand,
  's<=': (value, operand) => value <= operand,
  's>': (value, operand) => value > operand,
  's>=': (value, operand) => value >= operand,
  '<in>': (value, operand) => value.includes(operand),
};

/**
 * Reads an extra spec's value by Nova's grammar: the first word is an operator and the next its operand (what follows
 * is ignored), `<or> A <or> B` lists alternatives, anything else is compared as it is. A node's value that is no
 * number never matches a numeric operator. Fault EXTRA_SPEC_MALFORMED, which names the `key` if it is given: an
 * operator without operand, or with one that is no number where one is needed. Source: spec 9.3.
 */
export function parseExtraSpec(text: string, key?: string): ExtraSpec {
  const [operator = '', ...operands] = text.split(/\s+/).filter((word) => word !== '');
  const malformed = (reason: string): Fault =>
    malformedExtraSpec(key === undefined ? text : `${key}=${text}`, reason);
  if (operator === '<or>') {
    return alternatives(text, operands, malformed);
  }
  const compareNumbers = own(numeric, operator);
  const compareTexts = own(textual, operator);
  if (compareNumbers === undefined && compareTexts === undefined) {
    return specOf(text, text, (value) => String(value) === text);
  }
  const [operand] = operands;
  if (operand === undefined) {
    throw malformed(`the operator ${operator} has no operand`);
  }
  if (compareTexts !== undefined) {
    return specOf(text, operand, (value) => compareTexts(String(value), operand));
  }
  const wanted = toNumber(operand);
  if (wanted === undefined) {
    throw malformed(`${operator} compares numbers, and ${operand} is none`);
  }
  return specOf(text, operand, (value) => {
    const number = toNumber(String(value));
    return number !== undefined && compareNumbers?.(number, wanted) === true;
  });
}

const specOf = (text: string, named: string, matches: ExtraSpec['matches']): ExtraSpec => ({
  text,
  example: matches(named) ? named : undefined,
  matches,
});

export const malformedExtraSpec = (value: string, reason: string): Fault =>
  new Fault('EXTRA_SPEC_MALFORMED', { value, reason });

/** `<or> A <or> B`: every second word is a value, whatever stands between; an `<or>` at the end says nothing (Nova). */
function alternatives(
  text: string,
  words: readonly string[],
  malformed: (reason: string) => Fault,
): ExtraSpec {
  const [first] = words;
  if (first === undefined) {
    throw malformed('the operator <or> has no operand');
  }
  const wanted = new Set(words.filter((_, index) => index % 2 === 0));
  return specOf(text, first, (value) => wanted.has(String(value)));
}

/** Python's float(): digits with point and exponent, inf and nan. */
function toNumber(text: string): number | undefined {
  const plain = text.trim().toLowerCase();
  if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/.test(plain)) {
    return Number(plain);
  }
  const special = /^([+-]?)(?:(inf|infinity)|nan)$/.exec(plain);
  if (special === null) {
    return undefined;
  }
  const [, sign, infinite] = special;
  return infinite === undefined ? Number.NaN : sign === '-' ? -Infinity : Infinity;
}

const own = <T>(table: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.hasOwn(table, key) ? table[key] : undefined;
