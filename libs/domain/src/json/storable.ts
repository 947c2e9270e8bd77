// Matches NUL and a single half of a surrogate pair; with the flag `u` it does not match complete pairs.
const unstorableCharacter = /\0|\p{Surrogate}/u;
const unstorableCharacters = new RegExp(unstorableCharacter, 'gu');

/** The text with a mark in place of each character that PostgreSQL cannot store. */
export const storableText = (text: string): string =>
  text.replaceAll(unstorableCharacters, '\ufffd');

/** Whether PostgreSQL can store all text in `data`, keys included: no NUL, no half of a pair. */
export function isStorable(data: unknown): boolean {
  // Without recursion, because data may be nested deeper than the stack.
  const left = [data];
  while (left.length > 0) {
    const value = left.pop();
    if (typeof value === 'string') {
      if (unstorableCharacter.test(value)) {
        return false;
      }
    } else if (isData(value)) {
      for (const [key, inner] of Object.entries(value)) {
        left.push(key, inner);
      }
    }
  }
  return true;
}

/** A stream of an upload is neither. */
const isData = (value: unknown): value is object =>
  Array.isArray(value) ||
  (typeof value === 'object' &&
    value !== null &&
    Object.getPrototypeOf(value) === Object.prototype);
