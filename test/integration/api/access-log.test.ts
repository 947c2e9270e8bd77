import { waitFor } from '@metalcast/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { adminPassword, logIn, request, startApiProcess, type ApiProcess } from './api-process.js';

let api: ApiProcess;
let silent: ApiProcess;
beforeAll(async () => {
  api = await startApiProcess();
  silent = await startApiProcess({ accessLog: false });
});
afterAll(() => Promise.all([api.close(), silent.close()]));

type Line = Readonly<Record<string, unknown>>;

const linesOf = ({ log }: ApiProcess, path: string): Line[] =>
  log.map((line) => JSON.parse(line) as Line).filter((line) => line['path'] === path);

/** The line is written after the answer. */
const lineOf = (path: string): Promise<Line> =>
  waitFor(() => linesOf(api, path)[0], { timeoutMs: 10_000, what: `a line of ${path}` });

test('who asked for what, and what came of it', async () => {
  const id = 'req-00000000-0000-4000-8000-000000000001';
  const headers = { 'x-openstack-request-id': id };
  const { url, admin: token } = api;
  await request(`${url}/compute/v2.1/servers?name=canary`, 'GET', { token, headers });
  expect(await lineOf('/compute/v2.1/servers')).toMatchObject({
    ...{ level: 'info', msg: 'request', service: 'api', requestId: id, method: 'GET', status: 200 },
    ms: expect.any(Number) as number,
    projectId: expect.stringMatching(/./) as string,
    userId: expect.stringMatching(/./) as string,
  });
});

test('refusals, also of strangers and of what is not there', async () => {
  await request(`${api.url}/compute/v2.1/flavors`, 'GET');
  const stranger = await lineOf('/compute/v2.1/flavors');
  expect(stranger).toMatchObject({ status: 401 });
  expect(stranger).not.toHaveProperty('userId');
  const long = `/nothing/${'x'.repeat(2000)}`;
  await request(`${api.url}${long}`, 'GET', { token: api.admin });
  expect(await lineOf(long.slice(0, 500))).toMatchObject({ status: 404 });
});

test('no query, token or password', async () => {
  const token = await logIn(api.url, 'admin', adminPassword);
  await lineOf('/identity/v3/auth/tokens');
  const log = api.log.join('');
  for (const secret of ['canary', token, api.admin]) {
    expect(log).not.toContain(secret);
  }
});

test('by an option it is not written', async () => {
  await request(`${silent.url}/compute/v2.1/servers`, 'GET', { token: silent.admin });
  expect(linesOf(silent, '/compute/v2.1/servers')).toEqual([]);
  expect(linesOf(silent, '/identity/v3/auth/tokens')).toEqual([]);
});
