/** Every possible message is understood, or refused as a BadMessage. No other error is thrown. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { topologyOf } from '../connection.js';
import { parseEvent } from '../events/subscribe.js';
import { BadMessage } from './bad-message.js';
import { contextFromWire } from './context.js';
import { seal, unseal } from './envelope.js';
import { failureFromWire } from './failure.js';
import { redactJson } from './redact.js';
import { parseReply } from './reply.js';
import { parseRequest } from './request.js';

const maxBytes = 100_000;

const deep = fc
  .tuple(fc.constantFrom('[', '{"a":', '[{"a":', '"', '[['), fc.integer({ min: 0, max: 20_000 }))
  .map(([part, times]) => part.repeat(times));
/** Values that a field may have instead of the right one. */
const anything = fc.oneof(
  fc.jsonValue(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('1e999', -1, 0, 1e308, '2.0', '__proto__', {}, [], null, true, 'x'.repeat(300)),
  deep,
);
const fields = [
  'method',
  'args',
  'namespace',
  'version',
  '_unique_id',
  '_msg_id',
  '_reply_q',
  '_timeout',
  '_context_request_id',
  '_context_user_id',
  '_context_is_admin',
  'oslo.version',
  'oslo.message',
  'result',
  'failure',
  'ending',
  'id',
  'type',
  'specversion',
  '__proto__',
];
const message = fc.dictionary(fc.oneof(fc.constantFrom(...fields), fc.string()), anything, {
  maxKeys: 12,
});
const body = fc
  .oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.string({ unit: 'binary' }),
    deep,
    message.map((value) => JSON.stringify(value)),
    message.map((value) => seal(value)),
    message.map((value) => seal(value).slice(0, -3)),
    fc
      .tuple(message, deep)
      .map(([value, more]) => `${JSON.stringify(value).slice(0, -1)},"b":${more}}`),
  )
  .map((content) => Buffer.from(content));

const receiver = { maxMessageBytes: maxBytes, topology: topologyOf({ host: 'h' }) };
const readers: Readonly<Record<string, (content: Buffer) => unknown>> = {
  'a request': (content) => parseRequest(unseal(content, maxBytes)),
  'its context': (content) => contextFromWire(unseal(content, maxBytes)),
  'a reply': (content) => parseReply(content, maxBytes),
  'an event': (content) =>
    parseEvent({ content, exchange: 'metalcast.events', routingKey: 'test' }, receiver),
  'a dead letter': (content) => redactJson(content.toString()),
  'a failure': (content) => failureFromWire(content.toString()),
};

test.each(Object.entries(readers))('as %s', (_, reader) => {
  fc.assert(
    fc.property(body, (content) => {
      try {
        reader(content);
      } catch (error) {
        expect(error).toBeInstanceOf(BadMessage);
        expect((error as Error).message.length).toBeLessThan(3_000);
      }
    }),
    { numRuns: 300 },
  );
});
