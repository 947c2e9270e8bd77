import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { request } from './api-process.js';
import { messageIn, startServerRig, type ServerRig } from './server-rig.js';

let rig: ServerRig;

beforeAll(async () => {
  rig = await startServerRig();
  await rig.enrol();
});
afterAll(() => rig.close());

const nul = 'a\0';
const id = randomUUID();
const big = 2 ** 40;
const user = (name: string): object => ({
  auth: { identity: { methods: ['password'], password: { user: { name, password: 'x' } } } },
});
const flavor = (more: object): object => ({
  flavor: { name: 'f', ram: 1, vcpus: 1, disk: 0, ...more },
});
const node = (more: object): object => ({
  node: {
    cpus: 1,
    memory_mb: 1,
    local_gb: 1,
    power: { driver: 'fake', address: 'http://127.0.0.1:1' },
    ...more,
  },
});
const nic = { address: '52:54:00:00:00:01' };

test.each<[string, string, object?]>([
  ['POST', 'identity/v3/auth/tokens', user(nul)],
  ['POST', 'identity/v3/auth/tokens', user('\\\0')],
  ['GET', 'identity/v3/users/%00'],
  ['GET', 'identity/v3/users?name=%00'],
  ['GET', 'identity/v3/projects/%00'],
  ['GET', 'compute/v2.1/flavors/%00'],
  ['GET', 'compute/v2.1/flavors/%2500%00'],
  ['GET', 'compute/v2.1/os-keypairs/%00'],
  ['GET', 'compute/v2.1/os-hypervisors/%00'],
  ['GET', 'compute/v2.1/servers?name=%00'],
  ['GET', 'compute/v2.1/servers/detail?%00=1'],
  ['GET', 'compute/v2.1/servers?changes-since=0000-01-01'],
  ['GET', 'compute/v2.1/servers?changes-since=0001-01-01T00:00:00%2B14:00'],
  ['GET', 'compute/v2.1/os-simple-tenant-usage?start=0000-01-01'],
  ['GET', `compute/v2.1/os-simple-tenant-usage/${id}?end=9999-12-31T23:59:59-01:00`],
  ['POST', 'compute/v2.1/flavors', flavor({ name: nul })],
  ['POST', 'compute/v2.1/flavors', flavor({ ram: big })],
  ['POST', 'compute/v2.1/flavors', flavor({ id: 2 ** 53 })],
  ['POST', 'compute/v2.1/flavors/small/os-extra_specs', { extra_specs: { a: nul } }],
  ['GET', 'compute/v2.1/flavors?minRam=99999999999'],
  ['GET', 'compute/v2.1/flavors?minDisk=-99999999999'],
  ['GET', 'compute/v2.1/os-server-groups?offset=1e30'],
  ['POST', 'compute/v2.1/os-baremetal-nodes/1/action', { add_interface: { ...nic, port_no: big } }],
  ['POST', 'compute/v2.1/os-baremetal-nodes/1/action', { remove_interface: { id: big } }],
  ['POST', 'image/v2/images', { name: nul }],
  ['POST', 'image/v2/images', { name: 'i', mine: nul }],
  ['POST', 'image/v2/images', { name: 'i', mine: '\udc00' }],
  ['GET', 'image/v2/images?name=%00'],
  ['GET', `image/v2/images?size_min=1${'0'.repeat(23)}`],
  ['GET', `image/v2/images?size_max=-1${'0'.repeat(23)}`],
  ['POST', 'network/v2.0/networks', { network: { name: nul } }],
  ['GET', 'network/v2.0/networks?name=%00'],
  ['GET', 'metalcast/v1/nodes/%00'],
  ['POST', 'metalcast/v1/nodes', node({ name: nul })],
  ['POST', 'metalcast/v1/nodes', node({ rack: nul })],
  ['POST', 'metalcast/v1/nodes', node({ rack: 'r', cpus: big })],
  ['POST', 'metalcast/v1/nodes', node({ capabilities: { a: '\ud800' } })],
  ['POST', 'metalcast/v1/nodes', node({ interfaces: [{ ...nic, port_no: big }] })],
  ['GET', `metalcast/v1/events/${id}?after=1${'0'.repeat(23)}`],
])('%s %s %j is refused, not broken', async (method, path, body) => {
  const answer = await request(`${rig.api.url}/${path}`, method, {
    token: rig.api.admin,
    ...(body === undefined ? {} : { body }),
  });
  expect(`${String(answer.status)} ${messageIn(answer)}`).toMatch(/^400 ./);
});

test.each([
  { name: nul },
  { metadata: { [nul]: 'x' } },
  { metadata: { x: nul } },
  { metadata: { x: '\ud800' } },
  { key_name: nul },
  { availability_zone: nul },
])('a server with %j is refused, not broken', async (wish) => {
  const answer = await rig.ask(wish);
  expect(`${String(answer.status)} ${messageIn(answer)}`).toMatch(/^400 .*U\+0000/);
});

test('a backslash before u0000 is a text of six letters', async () => {
  const body = { extra_specs: { 'my:key': String.raw`\u0000` } };
  const path = 'flavors/small/os-extra_specs';
  expect((await rig.compute('POST', path, body)).body).toEqual(body);
});
