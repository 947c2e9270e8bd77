import { Fault, isStorable } from '@metalcast/domain';
import type { FastifyInstance } from 'fastify';

/**
 * Refuses text that PostgreSQL cannot store, before any handler runs: a NUL in the URL or body, half of a surrogate
 * pair in the body.
 */
export function refuseUnstorableText(server: FastifyInstance): void {
  server.addHook('onRequest', (request, _reply, done) => {
    done(request.url.includes('%00') ? unstorable('URL') : undefined);
  });
  server.addHook('preValidation', (request, _reply, done) => {
    done(isStorable(request.body) ? undefined : unstorable('body'));
  });
}

const unstorable = (where: string): Fault =>
  new Fault('BAD_REQUEST', {
    reason: `The ${where} has a character that is not allowed (U+0000, or half of a pair).`,
  });
