/** What was asked for cannot be done: told with the bench's usage. */
class BadUsage extends Error {}

/** Also of what `parseArgs` does not know. */
export const isBadUsage = (error) =>
  error instanceof BadUsage || String(error.code).startsWith('ERR_PARSE_ARGS_');

/** Whole numbers with commas between them. */
export function numbersOf(option, text, least = 1) {
  const numbers = text.split(',').map((part) => (part.trim() === '' ? NaN : Number(part)));
  if (!numbers.every((number) => Number.isInteger(number) && number >= least)) {
    throw new BadUsage(`--${option} takes whole numbers from ${least} on, not ${text}`);
  }
  return numbers;
}

export function numberOf(option, text, least) {
  const [number, another] = numbersOf(option, text, least);
  if (another !== undefined) {
    throw new BadUsage(`--${option} takes one number, not ${text}`);
  }
  return number;
}
