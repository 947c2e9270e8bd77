/** oslo.messaging's envelope 2.0: the message is a JSON string inside a JSON object. */

/** What cannot be understood, now or later. */
export class BadMessage extends Error {
  override readonly name = 'BadMessage';
}

export function seal(message: object): string {
  return JSON.stringify({ 'oslo.version': '2.0', 'oslo.message': JSON.stringify(message) });
}

/** The message inside; a body without envelope (format 1.0) is the message itself. Throws BadMessage. */
export function unseal(body: string): Record<string, unknown> {
  const outer = parseObject(body);
  const version = outer['oslo.version'];
  const message = outer['oslo.message'];
  if (version === undefined || message === undefined) return outer;
  if (version !== '2.0') throw new BadMessage('only envelope version 2.0 is spoken');
  if (typeof message !== 'string') throw new BadMessage('oslo.message is not a string');
  return parseObject(message);
}

function parseObject(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's own words quote the text, which may hold anything.
    throw new BadMessage('not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new BadMessage('not a JSON object');
  }
  return value as Record<string, unknown>;
}
