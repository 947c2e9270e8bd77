/** oslo.messaging's envelope 2.0: the message is a JSON string inside a JSON object. */
import { BadMessage } from './bad-message.js';
import { readObject, readText } from './json.js';

export function seal(message: object): string {
  return JSON.stringify({ 'oslo.version': '2.0', 'oslo.message': JSON.stringify(message) });
}

/** The message in the envelope; a body without envelope (format 1.0) is the message itself. Throws BadMessage. */
export function unseal(content: Uint8Array, maxBytes: number): Record<string, unknown> {
  const outer = readObject(readText(content, maxBytes));
  const version = outer['oslo.version'];
  const message = outer['oslo.message'];
  if (version === undefined || message === undefined) return outer;
  if (version !== '2.0') throw new BadMessage('only envelope version 2.0 is supported');
  if (typeof message !== 'string') throw new BadMessage('oslo.message is not a string');
  return readObject(message);
}
