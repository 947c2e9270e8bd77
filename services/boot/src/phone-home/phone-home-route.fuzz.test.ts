// Whatever an installed system posts: it is heard with the token that it gave, or refused as its own mistake.
import { storableText } from '@metalcast/domain';
import { createLogger } from '@metalcast/log';
import { hostileName, hostileText } from '@metalcast/testing/hostile';
import fc from 'fast-check';
import { fastify } from 'fastify';
import { expect, test } from 'vitest';
import { addPhoneHome } from './phone-home-route.js';
import type { PhoneCall } from './phone-home.js';

/** As a URL can have it: no half of a pair. */
const named = (...known: readonly string[]): fc.Arbitrary<string> =>
  hostileName(...known).map(storableText);
const form = fc.oneof(
  hostileText,
  fc
    .array(fc.tuple(hostileName('instance_id', 'pub_key_rsa'), hostileText), { maxLength: 4 })
    .map((pairs) => pairs.map((pair) => pair.join('=')).join('&')),
);
const contentType = fc.oneof(
  { weight: 4, arbitrary: fc.constant('application/x-www-form-urlencoded') },
  { weight: 1, arbitrary: fc.constantFrom('application/json', 'text/plain', 'x', '') },
);
const query = fc
  .array(fc.tuple(named('token', 'token', 'token'), fc.constantFrom('', 'a', '%zz', '%00')), {
    maxLength: 3,
  })
  .map((pairs) => pairs.map(([name, value]) => `${encodeURIComponent(name)}=${value}`).join('&'));

test('a call is heard once, and as it was made, or refused', async () => {
  const calls: PhoneCall[] = [];
  const logged: string[] = [];
  const server = fastify({ logger: false });
  const hear = (call: PhoneCall): Promise<void> => {
    calls.push(call);
    return Promise.resolve();
  };
  const logger = createLogger('test', 'warn', { write: (line: string) => logged.push(line) });
  await addPhoneHome(server, { hear }, logger);
  await fc.assert(
    fc.asyncProperty(form, contentType, query, named('u1'), async (payload, type, asked, id) => {
      calls.length = 0;
      const answer = await server.inject({
        method: 'POST',
        url: `/v1/phone-home/${encodeURIComponent(id)}?${asked}`,
        headers: { 'content-type': type },
        payload,
      });
      expect([200, 400, 404, 413, 415]).toContain(answer.statusCode);
      expect(calls.length).toBe(answer.statusCode === 200 ? 1 : 0);
      for (const { instance, token } of calls) {
        expect(instance).toBe(id);
        expect(typeof token).toBe('string');
        const given = new URLSearchParams(asked).getAll('token');
        expect(given.length === 1 || token === '').toBe(true);
      }
    }),
    { numRuns: 200 },
  );
  expect(logged.filter((line) => line.includes('unexpected'))).toEqual([]);
});
