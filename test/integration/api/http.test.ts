import { Agent, request as httpRequest } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addMember, request, startApiProcess, type ApiProcess } from './api-process.js';

let api: ApiProcess;

beforeAll(async () => {
  api = await startApiProcess();
});
afterAll(() => api.close());

const prefixes = ['identity/v3', 'image/v2', 'network/v2.0', 'compute/v2.1', 'metalcast/v1'];
const messageOf = (body: object): string | undefined =>
  (Object.values(body) as { message?: string }[])[0]?.message;

test.each(prefixes)('%s: an unknown route is a 404 in the form of its API', async (prefix) => {
  const { status, body } = await request(`${api.url}/${prefix}/no/such/thing`, 'GET', {
    token: api.admin,
  });
  expect(status).toBe(404);
  expect(messageOf(body)).toBe('The resource could not be found.');
  const key = {
    'network/v2.0': 'NeutronError',
    'compute/v2.1': 'itemNotFound',
  }[prefix];
  expect(Object.keys(body)).toEqual([key ?? 'error']);
});

test('every answer carries a request id, errors too; a given one is kept', async () => {
  const given = 'req-01234567-89ab-4cde-8f01-23456789abcd';
  const kept = await request(`${api.url}/network/v2.0/networks`, 'GET', {
    token: api.admin,
    headers: { 'x-openstack-request-id': given },
  });
  expect(kept.headers.get('x-openstack-request-id')).toBe(given);
  expect(api.log.join('')).not.toContain('injected');
  const odd = await request(`${api.url}/network/v2.0/networks`, 'GET', {
    headers: { 'x-openstack-request-id': 'injected' },
  });
  expect(odd.status).toBe(401);
  expect(odd.headers.get('x-openstack-request-id')).toMatch(/^req-[0-9a-f-]{36}$/);
  const nova = await request(`${api.url}/compute/v2.1/nothing`, 'GET', { token: api.admin });
  expect(nova.headers.get('x-compute-request-id')).toBe(nova.headers.get('x-openstack-request-id'));
});

test('no token, a bad token: 401 as Keystone says it, in every API', async () => {
  for (const path of ['image/v2/images', 'network/v2.0/networks', 'identity/v3/users']) {
    for (const token of [undefined, 'rubbish', `${api.admin}x`]) {
      const answer = await request(
        `${api.url}/${path}`,
        'GET',
        token === undefined ? {} : { token },
      );
      expect(answer.status).toBe(401);
      expect(answer.body.error.code).toBe(401);
    }
  }
});

test('malformed JSON 400, another content type 415, too much 413, the wrong method 405', async () => {
  const url = `${api.url}/network/v2.0/networks`;
  const malformed = await request(url, 'POST', { token: api.admin, body: '{"network": ' });
  expect(malformed.status).toBe(400);
  expect(malformed.body.NeutronError.message).toContain('Malformed JSON');
  const xml = await request(url, 'POST', {
    token: api.admin,
    body: '<network/>',
    headers: { 'content-type': 'application/xml' },
  });
  expect(xml.status).toBe(415);
  const bytes = await request(url, 'POST', {
    token: api.admin,
    body: 'xx',
    headers: { 'content-type': 'application/octet-stream' },
  });
  expect(bytes.status).toBe(415);
  const large = await request(url, 'POST', {
    token: api.admin,
    body: { network: { name: 'x'.repeat(2 * 1024 ** 2) } },
  });
  expect(large.status).toBe(413);
  const method = await request(url, 'PATCH', { token: api.admin, body: {} });
  expect(method.status).toBe(405);
  expect(method.headers.get('allow')).toBe('GET, HEAD, POST');
  const nobody = await request(url, 'POST', { token: api.admin });
  expect(nobody.status).toBe(400);
  expect(nobody.body.NeutronError.message).toContain('network');
});

test('what is in a prototype is no field', async () => {
  const answer = await request(`${api.url}/network/v2.0/networks`, 'POST', {
    token: api.admin,
    body: '{"network": {"name": "x", "__proto__": {"shared": false}}}',
  });
  expect(answer.status).toBe(400);
});

test('a reader reads, and changes nothing', async () => {
  const token = await addMember(api, 'eve');
  const where = { userId: 'user-eve', role: 'member' };
  await api.database.prisma.roleAssignment.deleteMany({ where });
  expect((await request(`${api.url}/image/v2/images`, 'GET', { token })).status).toBe(200);
  const refused = await request(`${api.url}/image/v2/images`, 'POST', { token, body: {} });
  expect(refused.status).toBe(403);
  expect(refused.body.error.message).toBe(
    "Policy doesn't allow POST /image/v2/images to be performed.",
  );
});

test('compute negotiates the microversion', async () => {
  const document = await request(`${api.url}/compute/v2.1`, 'GET');
  const { version, min_version: minimum } = document.body.version as Record<string, string>;
  expect(minimum).toBe('2.1');
  const ask = (headers: Record<string, string>) =>
    request(`${api.url}/compute/v2.1/nothing`, 'GET', { token: api.admin, headers });
  const versionOf = async (headers: Record<string, string>): Promise<(string | null)[]> => {
    const answer = await ask(headers);
    return [
      answer.headers.get('openstack-api-version'),
      answer.headers.get('x-openstack-nova-api-version'),
      answer.headers.get('vary'),
    ];
  };
  const vary = 'OpenStack-API-Version, X-OpenStack-Nova-API-Version';
  expect(await versionOf({})).toEqual(['compute 2.1', '2.1', vary]);
  expect(await versionOf({ 'OpenStack-API-Version': 'compute 2.10' })).toEqual([
    'compute 2.10',
    '2.10',
    vary,
  ]);
  expect((await versionOf({ 'X-OpenStack-Nova-API-Version': '2.10' }))[1]).toBe('2.10');
  expect((await versionOf({ 'X-OpenStack-Nova-API-Version': 'latest' }))[1]).toBe(version);
  const beyond = await ask({ 'OpenStack-API-Version': 'compute 2.999' });
  expect(beyond.status).toBe(406);
  expect(beyond.body.computeFault).toEqual({
    code: 406,
    message: `Version 2.999 is not supported by the API. Minimum is 2.1 and maximum is ${String(version)}.`,
  });
  expect((await ask({ 'OpenStack-API-Version': 'compute two' })).status).toBe(400);
});

test('connections are kept alive, over errors and refusals', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ports = new Set<number | undefined>();
  const send = (method: string, path: string, body?: string): Promise<number> =>
    new Promise((resolve, reject) => {
      const sent = httpRequest(`${api.url}${path}`, {
        agent,
        method,
        headers: {
          'x-auth-token': api.admin,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
      });
      sent.on('response', (response) => {
        ports.add(response.socket.localPort);
        response.resume();
        response.on('end', () => {
          resolve(response.statusCode ?? 0);
        });
      });
      sent.on('error', reject);
      sent.end(body);
    });
  expect(await send('GET', '/network/v2.0/networks')).toBe(200);
  expect(await send('GET', '/network/v2.0/nothing')).toBe(404);
  expect(await send('POST', '/network/v2.0/networks', '{}')).toBe(400);
  expect(await send('GET', '/image')).toBe(300);
  expect(await send('GET', '/network/v2.0/networks')).toBe(200);
  expect(ports.size).toBe(1);
  agent.destroy();
});

test('a bug is a 500 with a reference that the log explains', async () => {
  await api.database.prisma.$executeRaw`ALTER TABLE subnets RENAME TO subnets_gone`;
  const id = 'b3b5f3f0-0000-4000-8000-000000000001';
  const answer = await request(`${api.url}/network/v2.0/subnets/${id}`, 'GET', {
    token: api.admin,
  });
  expect(answer.status).toBe(500);
  const { message } = answer.body.NeutronError;
  expect(message).not.toContain('relation');
  const reference = answer.headers.get('x-openstack-request-id') ?? '';
  expect(message).toContain(reference);
  const lines = api.log.map((text) => JSON.parse(text) as { level: string });
  expect(lines.find(({ level }) => level === 'error')).toMatchObject({
    requestId: reference,
    msg: 'unexpected error',
    err: { stack: expect.stringContaining('subnet') as string },
  });
  await api.database.prisma.$executeRaw`ALTER TABLE subnets_gone RENAME TO subnets`;
});
