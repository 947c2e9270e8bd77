import { Fault } from '@metalcast/domain';
import type { FastifyInstance } from 'fastify';

/** Refuses what no row can hold before any handler sees it: a NUL in the URL; a NUL or half a character in the body. */
export function refuseUnstorableText(server: FastifyInstance): void {
  server.addHook('onRequest', (request, _reply, done) => {
    done(request.url.includes('%00') ? unstorable('URL') : undefined);
  });
  server.addHook('preValidation', (request, _reply, done) => {
    done(isStorable(request.body) ? undefined : unstorable('body'));
  });
}

// Halves of a pair are no character; as a whole one, `u` passes over them.
const unstorableCharacter = /\0|\p{Surrogate}/u;

/** Whether all text in `body`, keys included, can be stored. */
export function isStorable(body: unknown): boolean {
  // No recursion: a body may be nested deeper than the stack.
  const left = [body];
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

/** An upload's stream is neither of them. */
const isData = (value: unknown): value is object =>
  Array.isArray(value) ||
  (typeof value === 'object' &&
    value !== null &&
    Object.getPrototypeOf(value) === Object.prototype);

const unstorable = (where: string): Fault =>
  new Fault('BAD_REQUEST', {
    reason: `The ${where} has a character that is not allowed (U+0000, or half of a pair).`,
  });
