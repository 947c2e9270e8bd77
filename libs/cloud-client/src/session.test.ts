import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSession } from './session.js';

let server: Server;
let base: string;
/** The behaviour of the cloud; each test changes a part of it. */
let cloud: {
  logins: number;
  login: { status: number; body?: object };
  valid: string;
  /** Requests that still get a 429, and with which Retry-After. */
  busy: { times: number; seconds: string };
};
const seen: { method: string; url: string; type: string | undefined; body: string }[] = [];

beforeEach(async () => {
  seen.length = 0;
  cloud = { logins: 0, login: { status: 201 }, valid: '', busy: { times: 0, seconds: '1' } };
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const { status, headers, text } = answer(request.url ?? '', request.headers['x-auth-token']);
      const { method = '', url = '' } = request;
      seen.push({ method, url, type: request.headers['content-type'], body });
      response.writeHead(status, headers).end(text);
    });
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

interface Answer {
  status: number;
  headers?: Record<string, string>;
  text?: string;
}

function answer(url: string, token: unknown): Answer {
  if (cloud.busy.times > 0) {
    cloud.busy.times -= 1;
    return { status: 429, headers: { 'retry-after': cloud.busy.seconds } };
  }
  if (url === '/identity/v3/auth/tokens') {
    cloud.logins += 1;
    cloud.valid = `token-${cloud.logins}`;
    return { ...loginAnswer(), status: cloud.login.status };
  }
  if (token !== cloud.valid) return { status: 401 };
  if (url === '/compute/things') return { status: 200, text: '{"things":[]}' };
  if (url === '/compute/none') return { status: 204 };
  if (url === '/compute/text') return { status: 200, text: 'words' };
  return { status: 409, text: '{"conflictingRequest":{"code":"IN_USE","message":"In use."}}' };
}

function loginAnswer(): Omit<Answer, 'status'> {
  const endpoints = [
    { interface: 'internal', url: 'http://192.0.2.1' },
    { interface: 'public', url: `${base}/compute/` },
  ];
  const body = { token: { catalog: [{ type: 'compute', endpoints }] } };
  return {
    headers: { 'x-subject-token': cloud.valid },
    text: JSON.stringify(cloud.login.body ?? body),
  };
}

const account = () => ({
  authUrl: `${base}/identity/v3/`,
  user: 'admin',
  password: 'canary-password',
  project: 'admin',
});

test('one log-in serves many requests, at the public URLs of the catalog', async () => {
  const session = await openSession(account());
  expect(await session.request({ api: 'compute', path: '/things' })).toEqual({ things: [] });
  expect(await session.request({ api: 'compute', path: '/none' })).toBeUndefined();
  expect(await session.request({ api: 'compute', path: '/text' })).toBe('words');
  expect(cloud.logins).toBe(1);
  expect(JSON.parse(seen[0]?.body ?? '')).toMatchObject({
    auth: { scope: { project: { name: 'admin', domain: { name: 'Default' } } } },
  });
});

test('an object goes as JSON, a Blob as it is and as what it says it is', async () => {
  const session = await openSession(account());
  const put = { api: 'compute', method: 'PUT', path: '/things' } as const;
  await session.request({ ...put, body: { a: 1 } });
  await session.request({ ...put, body: new Blob(['bytes']) });
  await session.request({ ...put, body: new Blob(['[]'], { type: 'application/x-patch' }) });
  expect(seen.slice(1)).toMatchObject([
    { method: 'PUT', type: 'application/json', body: '{"a":1}' },
    { method: 'PUT', type: 'application/octet-stream', body: 'bytes' },
    { method: 'PUT', type: 'application/x-patch', body: '[]' },
  ]);
});

test('a token that is no longer good is replaced once', async () => {
  const session = await openSession(account());
  cloud.valid = 'of another key';
  expect(await session.request({ api: 'compute', path: '/things' })).toEqual({ things: [] });
  expect(cloud.logins).toBe(2);
});

test("a refusal is the API's own sentence and code", async () => {
  const session = await openSession(account());
  await expect(session.request({ api: 'compute', path: '/busy' })).rejects.toMatchObject({
    name: 'CloudError',
    status: 409,
    code: 'IN_USE',
    message: 'In use.',
  });
});

test('an API that the catalog does not name is not asked', async () => {
  const session = await openSession(account());
  await expect(session.request({ api: 'image', path: '/v2/images' })).rejects.toMatchObject({
    code: 'NO_ENDPOINT',
    status: undefined,
  });
});

test.each([
  [401, {}, 'UNAUTHORIZED', /refused admin/],
  [404, {}, 'NO_IDENTITY_API', /is no identity API \(HTTP 404\)/],
  [201, { token: 1 }, 'NO_IDENTITY_API', /is no identity API \(HTTP 201\)/],
  [429, { error: { code: 429, message: 'In 3 s.' } }, 'HTTP_429', /^In 3 s\.$/],
  [503, { error: { code: 503, message: 'Later.' } }, 'HTTP_503', /^Later\.$/],
])('a log-in answered with %d %j is told', async (status, body, code, message) => {
  cloud.login = { status, body };
  const error = (await openSession(account()).catch((it: unknown) => it)) as Error;
  expect(error).toMatchObject({ code, status });
  expect(error.message).toMatch(message);
  expect(JSON.stringify(error) + String(error)).not.toContain('canary');
});

test('nobody there', async () => {
  const nowhere = { ...account(), authUrl: 'http://127.0.0.1:1/v3' };
  await expect(openSession(nowhere)).rejects.toMatchObject({
    code: 'API_UNREACHABLE',
    status: undefined,
    message: expect.stringMatching(/^Cannot reach the API at http:\/\/127\.0\.0\.1:1: /) as string,
  });
});

test('told to wait, it waits and asks again: for the token and for what comes after', async () => {
  cloud.busy.times = 1;
  const session = await openSession(account());
  cloud.busy.times = 1;
  const asked = session.request({ api: 'compute', path: '/things' });
  expect(await asked).toEqual({ things: [] });
  expect(seen.map(({ url }) => url)).toEqual([
    '/identity/v3/auth/tokens',
    '/identity/v3/auth/tokens',
    '/compute/things',
    '/compute/things',
  ]);
});

test('told to wait longer than it may take, it says so at once', async () => {
  const session = await openSession(account());
  cloud.busy = { times: 1, seconds: '5' };
  const asked = session.request({ api: 'compute', path: '/things', timeoutMs: 4000 });
  await expect(asked).rejects.toMatchObject({ status: 429 });
});
