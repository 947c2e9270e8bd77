import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { AnonymousPace } from '../../../services/api/src/http/limits/anonymous-pace.js';
import { request, startApiProcess, type ApiProcess } from './api-process.js';
import { head, RawClient } from './raw-client.js';

/** Clients say who they are; each test has addresses of its own. */
let api: ApiProcess;
const clients: RawClient[] = [];

/** Of one address; the next would be an hour later. */
const served = 5;

beforeAll(async () => {
  const pace = new AnonymousPace({ burst: served, perSecond: 1 / 3600, maxKeys: 100 });
  api = await startApiProcess({ trustedProxies: '127.0.0.1', pace });
});
afterAll(() => api.close());
afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});

function open(): RawClient {
  const client = new RawClient(api.url);
  clients.push(client);
  return client;
}

/** What `requests` are answered, each over a connection of its own, one after the other. */
async function answers(requests: readonly string[]): Promise<number[]> {
  const statuses: number[] = [];
  for (const text of requests) {
    const client = open();
    client.say(text);
    statuses.push(await client.status());
  }
  return statuses;
}

let addresses = 0;
const flavors = '/compute/v2.1/flavors';
const host = { host: 'api' };

test.each<[string, number, [string, string], Record<string, string>]>([
  ['no token', 401, ['GET', flavors], host],
  [
    'a wrong microversion',
    401,
    ['GET', flavors],
    { ...host, 'openstack-api-version': 'compute 9.9' },
  ],
  ['no microversion', 401, ['GET', flavors], { ...host, 'x-openstack-nova-api-version': 'x' }],
  ['a bad escape', 400, ['GET', '/compute/%zz'], host],
  ['a bad escape and a token', 400, ['GET', '/compute/%zz'], { ...host, 'x-auth-token': 'x' }],
  ['a long part', 414, ['GET', `/compute/v2.1/servers/${'x'.repeat(600)}`], host],
  ['no such path', 404, ['GET', '/nothing'], host],
  ['no such method here', 405, ['DELETE', flavors], host],
  ['no such method', 405, ['PROPFIND', '/'], host],
  ['no path', 404, ['OPTIONS', '*'], host],
  ['a NUL', 401, ['GET', `${flavors}/%00`], host],
  ['no host', 400, ['GET', '/'], {}],
  ['an unknown expectation', 417, ['GET', '/'], { ...host, expect: 'wonders' }],
])('%s: refused as %i, and strangers at their pace', async (_, status, [method, path], headers) => {
  addresses += 1;
  const from = `2001:db8:0:${addresses}::1`;
  const text = head(method, path, { ...headers, 'x-forwarded-for': from });
  const statuses = await answers(Array.from({ length: served + 2 }, () => text));
  expect(statuses).toEqual([...Array.from({ length: served }, () => status), 429, 429]);
});

test.each([
  ['with a port is one client', (index: number) => `"198.51.100.7:${1024 + index}"`],
  ['with a word counts as the proxy', (index: number) => `198.51.100.${index}, x${index}`],
])('a client that its proxy names %s', async (_, from) => {
  const requests = Array.from({ length: served + 1 }, (__, index) =>
    head('GET', flavors, { ...host, 'x-forwarded-for': from(index) }),
  );
  expect((await answers(requests)).at(-1)).toBe(429);
});

test('a URL that cannot be read: told as the API tells its errors', async () => {
  const { status, headers, body } = await request(`${api.url}/network/v2.0/networks/%zz`, 'GET', {
    token: api.admin,
  });
  expect(status).toBe(400);
  expect(headers.get('x-openstack-request-id')).toMatch(/^req-/);
  expect(body.NeutronError.message).toContain('%');
});

test('of a body that a bad URL brings no more is read than of others', async () => {
  const most = 64 * 1024 ** 2;
  const client = open();
  client.ask('POST', '/compute/%zz', {
    'transfer-encoding': 'chunked',
    'x-forwarded-for': '198.51.100.9',
  });
  await client.pour(`4000\r\n${' '.repeat(0x4000)}\r\n`, most);
  await client.end();
  expect(client.bytesSent).toBeLessThan(most);
});
