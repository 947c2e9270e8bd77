// The comparisons that flavors' extra specs and disk hints share: Nova's and Ironic's grammar.
import { ownValue } from '../objects/own-value.js';

export type Compare<T> = (value: T, operand: T) => boolean;

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

export const numericComparison = (operator: string): Compare<number> | undefined =>
  ownValue(numeric, operator);

export const textComparison = (operator: string): Compare<string> | undefined =>
  ownValue(textual, operator);

/** Python's float(): digits with point and exponent, inf and nan. */
export function toNumber(text: string): number | undefined {
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
