/** Every text of a peer is parsed here: its size is checked before any value is built. */
import { jsonExceeds, type JsonLimits } from '@metalcast/domain';
import { BadMessage } from './bad-message.js';

/**
 * Messages of ours are some 10 values deep, with JSON in a string twice that; an explanation of 1,000 nodes has some
 * 50,000 values. The depth is far below the 3,000 or so that exhaust the stack of code that walks over a value.
 */
export const messageLimits: JsonLimits = { depth: 64, values: 200_000 };

/** The value of a JSON text. Throws BadMessage, which never quotes the text. */
export function readJson(text: string): unknown {
  const exceeded = jsonExceeds(text, messageLimits);
  if (exceeded === 'depth') throw new BadMessage(`nested deeper than ${messageLimits.depth}`);
  if (exceeded === 'values') throw new BadMessage(`more than ${messageLimits.values} values`);
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes the text, which may contain secrets.
    throw new BadMessage('not JSON');
  }
}

/** Like readJson, for a text that must be an object. */
export function readObject(text: string): Record<string, unknown> {
  const value = readJson(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new BadMessage('not a JSON object');
  }
  return value as Record<string, unknown>;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text of a body. Throws BadMessage when it is larger than `maxBytes` or not UTF-8. */
export function readText(content: Uint8Array, maxBytes: number): string {
  const { byteLength } = content;
  if (byteLength > maxBytes) throw new BadMessage(`${byteLength} bytes, more than ${maxBytes}`);
  try {
    return utf8.decode(content);
  } catch {
    throw new BadMessage('not UTF-8');
  }
}
