import { numericComparison, textComparison, toNumber } from './comparison.js';
import { Fault } from '../faults/fault.js';

type Value = string | number | boolean;

/** A flavor's extra spec: a condition for a node's value. */
export interface ExtraSpec {
  readonly text: string;
  /** A value that matches, if the text names one. */
  readonly example: string | undefined;
  matches(value: Value): boolean;
}

/**
 * Reads an extra spec's value by Nova's grammar: the first word is an operator and the next its operand (what follows
 * is ignored), `<or> A <or> B` lists alternatives, `<all-in> A B` what the value holds all of, anything else is
 * compared as it is. A node's value that is no number never matches a numeric operator. Fault EXTRA_SPEC_MALFORMED,
 * which names the `key` if it is given: an operator without operand, or with one that is no number where one is needed.
 * Source: spec 9.3.
 */
export function parseExtraSpec(text: string, key?: string): ExtraSpec {
  const [operator = '', ...operands] = text.split(/\s+/).filter((word) => word !== '');
  const malformed = (reason: string): Fault =>
    malformedExtraSpec(key === undefined ? text : `${key}=${text}`, reason);
  if (operator === '<or>') {
    return alternatives(text, operands, malformed);
  }
  const compareNumbers = numericComparison(operator);
  const compareTexts = textComparison(operator);
  const isAllIn = operator === '<all-in>';
  if (compareNumbers === undefined && compareTexts === undefined && !isAllIn) {
    return specOf(text, text, (value) => String(value) === text);
  }
  const [operand] = operands;
  if (operand === undefined) {
    throw malformed(`the operator ${operator} has no operand`);
  }
  if (isAllIn) {
    return specOf(text, operands.join(' '), (value) =>
      operands.every((part) => String(value).includes(part)),
    );
  }
  if (compareTexts !== undefined) {
    return specOf(text, operand, (value) => compareTexts(String(value), operand));
  }
  const wanted = toNumber(operand);
  if (wanted === undefined) {
    throw malformed(`${operator} compares numbers, and ${operand} is not one`);
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

/** `<or> A <or> B`: every second word is a value, whatever is between them; an `<or>` at the end is ignored (Nova). */
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
