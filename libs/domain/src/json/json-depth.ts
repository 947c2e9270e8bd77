/** Checks depth and size of a JSON text before it is parsed, so that code may recurse over the value. */

export interface JsonLimits {
  /** Containers around the innermost one, itself included: `[]` has depth 1, a bare number 0. */
  readonly depth: number;
  /** Number of values: members and elements at any depth, and the whole. */
  readonly values: number;
}

/**
 * The limit that a JSON text exceeds, or undefined. One pass without recursion or memory; never throws. For a text that
 * is not JSON the answer has no meaning: JSON.parse refuses it.
 */
export function jsonExceeds(
  text: string | Uint8Array,
  { depth: deepest, values: most }: JsonLimits,
): keyof JsonLimits | undefined {
  let depth = 0;
  let values = 1;
  let opened = false;
  if (values > most) return 'values';
  for (let at = 0; at < text.length; at += 1) {
    const code = codeAt(text, at);
    if (isSpace(code)) continue;
    if (isCloser(code)) {
      depth = Math.max(0, depth - 1);
      opened = false;
      continue;
    }
    // A container's first member follows its bracket, every other one a comma.
    if (opened || code === comma) values += 1;
    if (values > most) return 'values';
    opened = isOpener(code);
    if (opened) depth += 1;
    else if (code === quote) at = endOfString(text, at);
    if (depth > deepest) return 'depth';
  }
  return undefined;
}

/** Whether a JSON text nests deeper than `most`. Like jsonExceeds. */
export const jsonDepthExceeds = (text: string | Uint8Array, most: number): boolean =>
  jsonExceeds(text, { depth: most, values: Infinity }) !== undefined;

const quote = 0x22;
const comma = 0x2c;
const backslash = 0x5c;

// In UTF-8 no byte of a longer character equals one of these.
const codeAt = (text: string | Uint8Array, at: number): number =>
  typeof text === 'string' ? text.charCodeAt(at) : (text[at] ?? 0);

const isSpace = (code: number): boolean =>
  code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;

const isOpener = (code: number): boolean => code === 0x5b || code === 0x7b;

const isCloser = (code: number): boolean => code === 0x5d || code === 0x7d;

/** Position of the closing quote, or the end of the text without one. */
function endOfString(text: string | Uint8Array, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    const code = codeAt(text, at);
    if (code === quote) return at;
    if (code === backslash) at += 1;
  }
  return text.length;
}
