// What a request does not know is refused in the query as in the body, in every API; what clients send is not.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { request } from './api-process.js';
import { startServerRig, type ServerRig } from './server-rig.js';

let rig: ServerRig;
beforeAll(async () => {
  rig = await startServerRig();
});
afterAll(() => rig.close());

const statusOf = async (path: string, method = 'GET'): Promise<number> =>
  (await request(`${rig.api.url}/${path}`, method, { token: rig.api.admin })).status;

test.each([
  ['GET', 'compute/v2.1/os-availability-zone'],
  ['GET', 'compute/v2.1/limits'],
  ['GET', 'compute/v2.1/os-hypervisors/statistics'],
  ['GET', 'identity/v3/auth/projects'],
  ['GET', 'identity/v3/auth/catalog'],
  ['GET', 'network/v2.0/extensions'],
  ['DELETE', `compute/v2.1/servers/${randomUUID()}`],
  ['GET', `metalcast/v1/nodes/${randomUUID()}`],
])('%s %s', async (method, path) => {
  expect(await statusOf(`${path}?nope=1`, method)).toBe(400);
  expect(await statusOf(path, method)).not.toBe(400);
});

test.each(['compute/v2.1/limits?reserved=1&tenant_id=x', 'network/v2.0/extensions?fields=alias'])(
  '%s is taken',
  async (path) => {
    expect(await statusOf(path)).toBe(200);
  },
);

test('a hypervisor’s marker is not ignored', async () => {
  expect(await statusOf('compute/v2.1/os-hypervisors?marker=nope')).toBe(400);
});

test.each(['servers/UUID/operations', 'events/UUID', 'events/nope'])(
  'nothing is known of %s',
  async (path) => {
    expect(await statusOf(`metalcast/v1/${path.replace('UUID', randomUUID())}`)).toBe(404);
  },
);
