// Noise at the ports of an api's real process: it lives on and serves.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { healthUrl, unhandledOf } from '../hostile/health-page.js';
import { startRealApi, type RealApi } from '../hostile/real-api.js';
import { attackHttp, seedOf, survivor } from '../hostile/survivor.js';
import { adminPassword, logIn, request } from './api-process.js';

const uuid = '6f0c5f4e-0000-4000-8000-000000000001';
const server = { name: 's', imageRef: uuid, flavorRef: '1', networks: 'auto', min_count: 1 };
const requests = [
  { method: 'POST', path: '/identity/v3/auth/tokens', body: { auth: { identity: {} } } },
  { method: 'POST', path: '/compute/v2.1/servers', body: { server } },
  { method: 'GET', path: '/compute/v2.1/servers/detail?limit=1&marker=x' },
  { method: 'PUT', path: `/image/v2/images/${uuid}/file`, type: 'application/octet-stream' },
  { method: 'GET', path: '/network/v2.0/networks' },
  { method: 'POST', path: '/metalcast/v1/nodes', body: { name: 'n', interfaces: [] } },
];

let api: RealApi;
beforeAll(async () => {
  api = await startRealApi();
});
afterAll(() => api.close());

test('noise', { timeout: 240_000 }, async () => {
  const seed = seedOf('noise at an api');
  const watched = survivor(api.pid, () => unhandledOf(api.log()));
  const { url } = api;
  // Not the user's address: one that sends requests without waiting for answers gets no connection for a while.
  const from = '127.0.0.2';
  const at = (base: string) => ({
    address: '127.0.0.1',
    from,
    port: Number(new URL(base).port),
    seed,
  });
  const seen = await attackHttp({ ...at(url), rounds: 240, requests });
  expect(Object.keys(seen.statuses)).toEqual(expect.arrayContaining(['400', '401']));
  expect(seen.statuses['500']).toBeUndefined();
  const pages = [{ method: 'GET', path: '/readyz' }];
  await attackHttp({ ...at(healthUrl(api.log())), rounds: 60, requests: pages });
  await watched.unharmed();
  const token = await logIn(url, 'admin', adminPassword);
  const { status } = await request(`${url}/network/v2.0/networks`, 'GET', { token });
  expect(status).toBe(200);
});
