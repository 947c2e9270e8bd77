import { Fault } from '@metalcast/domain';
import type { FastifyInstance } from 'fastify';

/** JSON and its JSON-patch dialects, among them `application/openstack-images-v2.1-json-patch`. */
const json = /^application\/(?:[\w.+-]*[.+-])?json(?:-patch)?(?:\s*;|$)/i;

/** Reads JSON; leaves `application/octet-stream` unread, as a stream; anything else is a 415. */
export function addBodyParsers(server: FastifyInstance): void {
  const parse = server.getDefaultJsonParser('error', 'ignore');
  server.removeAllContentTypeParsers();
  server.addContentTypeParser(json, { parseAs: 'string' }, (request, text, done) => {
    if (text === '') {
      done(null, undefined);
      return;
    }
    // Answers by its callback alone, whatever its type says.
    const parsed = parse(request, text as string, (error, body) => {
      done(error === null ? null : malformed(error), body);
    });
    Promise.resolve(parsed).catch(done);
  });
  server.addContentTypeParser('application/octet-stream', (_request, stream, done) => {
    done(null, stream);
  });
}

function malformed(cause: Error): Fault {
  return new Fault('BAD_REQUEST', { reason: `Malformed JSON: ${cause.message}` }, { cause });
}
