/** oslo.messaging's envelope 2.0: the message is a JSON string inside a JSON object. */
import { BadMessage } from './bad-message.js';
import { readObject, readText } from './json.js';

const supported = '2.0';

export function seal(message: object): string {
  return JSON.stringify({ 'oslo.version': supported, 'oslo.message': JSON.stringify(message) });
}

interface Opened {
  readonly message: Record<string, unknown>;
  /** Of the envelope. */
  readonly version: unknown;
}

/**
 * The message in an envelope of any version; a body without envelope (format 1.0) is the message itself. Throws
 * BadMessage.
 */
export function open(content: Uint8Array, maxBytes: number): Opened {
  const outer = readObject(readText(content, maxBytes));
  const version = outer['oslo.version'];
  const message = outer['oslo.message'];
  if (version === undefined || message === undefined) return { message: outer, version: supported };
  if (typeof message !== 'string') throw new BadMessage('oslo.message is not a string');
  return { message: readObject(message), version };
}

/** Throws BadMessage. */
export function requireVersion(version: unknown): void {
  if (version !== supported) {
    throw new BadMessage(`only envelope version ${supported} is supported`);
  }
}

/** The message in an envelope of our version. Throws BadMessage. */
export function unseal(content: Uint8Array, maxBytes: number): Record<string, unknown> {
  const { message, version } = open(content, maxBytes);
  requireVersion(version);
  return message;
}
