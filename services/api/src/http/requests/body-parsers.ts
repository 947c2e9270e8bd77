import type { Readable } from 'node:stream';
import { Fault, jsonExceeds, type JsonLimits } from '@metalcast/domain';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { bodyTooLarge, streamType } from '../access/admission.js';
import { jsonLimitsOf } from '../limits/body-limits.js';
import { readBody } from './read-body.js';

/** JSON and its JSON-patch dialects, among them `application/openstack-images-v2.1-json-patch`. */
const json = /^application\/(?:[\w.+-]*[.+-])?json(?:-patch)?(?:\s*;|$)/i;

/**
 * Reads JSON within the route's limit and `withinMs`; leaves `application/octet-stream` as a stream; any other type is
 * a 415.
 */
export function addBodyParsers(server: FastifyInstance, withinMs: number): void {
  const parse = server.getDefaultJsonParser('error', 'ignore');
  server.removeAllContentTypeParsers();
  server.addContentTypeParser(json, async (request: FastifyRequest, body: Readable) => {
    const { bodyLimit: maxBytes } = request.routeOptions;
    const bytes = await readBody(body, { maxBytes, withinMs }, () => bodyTooLarge(maxBytes));
    refuseLargeJson(bytes, jsonLimitsOf(request));
    return bytes.length === 0 ? undefined : parsed(bytes.toString(), request, parse);
  });
  server.addContentTypeParser(streamType, (_request, stream, done) => {
    done(null, stream);
  });
}

function refuseLargeJson(bytes: Uint8Array, limits: JsonLimits): void {
  const exceeded = jsonExceeds(bytes, limits);
  if (exceeded !== undefined) {
    const reason =
      exceeded === 'depth'
        ? `Its values may be nested at most ${limits.depth} deep.`
        : `It may have at most ${limits.values} values.`;
    throw new Fault('BAD_REQUEST', { reason: `The JSON body is refused. ${reason}` });
  }
}

type Parse = ReturnType<FastifyInstance['getDefaultJsonParser']>;

function parsed(text: string, request: FastifyRequest, parse: Parse): Promise<unknown> {
  return new Promise((resolve, reject) => {
    // It answers by the callback only, although its type says more.
    const answered = parse(request, text, (error, body) => {
      if (error === null) {
        resolve(body);
      } else {
        const reason = `Malformed JSON: ${error.message}`;
        reject(new Fault('BAD_REQUEST', { reason }, { cause: error }));
      }
    });
    Promise.resolve(answered).catch(reject);
  });
}
