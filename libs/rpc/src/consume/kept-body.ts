import { createHash } from 'node:crypto';
import { readText } from '../wire/json.js';
import { redactJson } from '../wire/redact.js';

/** What identifies a message whose body is not kept. */
export interface BodyFacts {
  readonly bytes: number;
  readonly sha256: string;
}

export const bodyFacts = (content: Uint8Array): BodyFacts => ({
  bytes: content.byteLength,
  sha256: createHash('sha256').update(content).digest('hex'),
});

/**
 * The part of a body that dead letters keep: its JSON without what looks secret. Of a body that is too large or
 * unreadable only its facts are kept, because a piece of unread text may contain a secret. Never throws.
 */
export function keptBody(content: Uint8Array, facts: BodyFacts, maxBytes: number): string {
  const redacted = redactedBody(content, maxBytes);
  return redacted ?? JSON.stringify({ omitted: 'too large or unreadable', ...facts });
}

function redactedBody(content: Uint8Array, maxBytes: number): string | undefined {
  try {
    const text = redactJson(readText(content, maxBytes));
    // Short notations (1e20, \u0022) may have grown.
    return text === undefined || Buffer.byteLength(text) > maxBytes ? undefined : text;
  } catch {
    return undefined;
  }
}
