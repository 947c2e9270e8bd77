import { Fault } from '@metalcast/domain';
import { createLogger } from '@metalcast/log';
import { fastify } from 'fastify';
import { expect, test } from 'vitest';
import { addPhoneHome } from './phone-home-route.js';
import type { PhoneCall } from './phone-home.js';

const path = '/v1/phone-home/u1?token=t1';
const headers = { 'content-type': 'application/x-www-form-urlencoded' };

async function served(hear: (call: PhoneCall) => Promise<void>) {
  const server = fastify({ logger: false });
  await addPhoneHome(server, { hear }, createLogger('test', 'error', { write: () => undefined }));
  return server;
}

test('cloud-init’s form is accepted with any content', async () => {
  const calls: PhoneCall[] = [];
  const server = await served((call) => {
    calls.push(call);
    return Promise.resolve();
  });
  const payload = 'pub_key_rsa=ssh-rsa+AAAA&instance_id=u1&hostname=web&fqdn=web.test&odd=%zz';
  const bodies = [payload, ''];
  for (const body of bodies) {
    const answer = await server.inject({ method: 'POST', url: path, headers, payload: body });
    expect(answer.statusCode).toBe(200);
  }
  expect(calls).toEqual(bodies.map(() => ({ instance: 'u1', token: 't1', peer: '127.0.0.1' })));
});

test('no token and two tokens count as none', async () => {
  const tokens: string[] = [];
  const server = await served(({ token }) => {
    tokens.push(token);
    return Promise.resolve();
  });
  for (const query of ['', '?token=a&token=b']) {
    await server.inject({ method: 'POST', url: `/v1/phone-home/u1${query}`, headers, payload: '' });
  }
  expect(tokens).toEqual(['', '']);
});

test.each([
  [new Fault('NOT_FOUND', { what: 'Server', id: 'u1' }), 404, 'NOT_FOUND'],
  [new Fault('CONFLICT', { reason: 'not yet' }), 409, 'CONFLICT'],
  [new Error('Connection terminated unexpectedly'), 503, 'UNAVAILABLE'],
  [new Error('odd'), 500, 'INTERNAL'],
])('%s: %i', async (error, status, code) => {
  const server = await served(() => Promise.reject(error));
  const answer = await server.inject({ method: 'POST', url: path, headers, payload: '' });
  expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([status, code]);
});

test('a body that is too large or no form is refused before the token is checked', async () => {
  const server = await served(() => Promise.reject(new Error('asked')));
  const large = { method: 'POST', url: path, headers, payload: 'x'.repeat(65 * 1024) } as const;
  expect((await server.inject(large)).statusCode).toBe(413);
  const json = { 'content-type': 'application/json' };
  const other = { method: 'POST', url: path, headers: json, payload: '{}' } as const;
  expect((await server.inject(other)).statusCode).toBe(415);
});
