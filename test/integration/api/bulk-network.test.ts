// Ports, subnets and networks that one request makes together, as Neutron's bulk requests.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { aMac } from '../db/rows.js';
import { statementsOf } from '../statements.js';
import {
  addMember,
  request,
  startApiProcess,
  type Answer,
  type ApiProcess,
} from './api-process.js';

let api: ApiProcess;
let member: string;
let network: string;

beforeAll(async () => {
  api = await startApiProcess({ maxNetworkItemsPerRequest: 250 });
  member = await addMember(api, 'alice');
});
afterAll(() => api.close());

beforeEach(async () => {
  const { prisma } = api.database;
  await prisma.port.deleteMany();
  await prisma.subnet.deleteMany();
  await prisma.network.deleteMany();
  network = (await post('networks', { network: { name: 'flat', shared: true } })).body.network.id;
  const subnet = { network_id: network, cidr: '10.99.0.0/16', ip_version: 4 };
  expect((await post('subnets', { subnet })).status).toBe(201);
});

const post = (path: string, body: unknown, token = api.admin): Promise<Answer> =>
  request(`${api.url}/network/v2.0/${path}`, 'POST', { token, body });
const many = (count: number, port: object = {}): object[] =>
  Array.from({ length: count }, () => ({ network_id: network, ...port }));
const ports = (wanted: unknown, token?: string): Promise<Answer> =>
  post('ports', { ports: wanted }, token);
const addressesIn = ({ body }: Answer): (string | undefined)[] =>
  body.ports.map((port) => port.fixed_ips[0]?.ip_address);
const kept = (): Promise<number> => api.database.prisma.port.count();

test('ports are made in the order of the request, each with an address and a MAC of its own', async () => {
  const answer = await ports([
    { network_id: network, name: 'a' },
    { network_id: network, name: 'b', fixed_ips: [{ ip_address: '10.99.0.2' }] },
    { network_id: network, name: 'c', mac_address: '52-54-00-AA-BB-CC' },
  ]);
  expect(answer.status).toBe(201);
  expect(Object.keys(answer.body)).toEqual(['ports']);
  expect(answer.body.ports).toMatchObject([
    { name: 'a' },
    { name: 'b' },
    { name: 'c', mac_address: '52:54:00:aa:bb:cc' },
  ]);
  // What is asked for goes before what is lowest.
  expect(addressesIn(answer)).toEqual(['10.99.0.3', '10.99.0.2', '10.99.0.4']);
});

test('two hundred take as many statements as one', async () => {
  const making = (count: number) => async () => {
    const wanted = many(count).map((port) => ({ ...port, mac_address: aMac() }));
    const answer = await ports(wanted);
    expect(answer.status).toBe(201);
    expect(new Set(addressesIn(answer)).size).toBe(count);
  };
  await making(1)();
  const one = await statementsOf(making(1));
  expect(await statementsOf(making(200))).toHaveLength(one.length);
  expect(one.length).toBeLessThanOrEqual(10);
});

test('requests at the same time never share an address', async () => {
  const answers = await Promise.all([1, 2, 3, 4].map(() => ports(many(40))));
  expect(new Set(answers.flatMap(addressesIn)).size).toBe(160);
});

test.each<[string, () => object[], number, RegExp]>([
  ['an unknown network', () => [{ network_id: crypto.randomUUID() }], 404, /Network/],
  [
    'an address that is taken',
    () => many(2, { fixed_ips: [{ ip_address: '10.99.0.9' }] }),
    409,
    /already allocated/,
  ],
  [
    'a MAC that is given twice',
    () => many(2, { mac_address: '52:54:00:00:00:07' }),
    409,
    /mac address/,
  ],
  [
    'an address outside',
    () => many(1, { fixed_ips: [{ ip_address: '10.98.0.9' }] }),
    400,
    /not a valid IP/,
  ],
  ['a field that is none', () => [{ network_id: network, colour: 'red' }], 400, /ports\.1.*colour/],
])('%s: none is made', async (_, wrong, status, message) => {
  const answer = await ports([...many(1), ...wrong(), ...many(1)]);
  expect([answer.status, answer.body.NeutronError.message]).toEqual([
    status,
    expect.stringMatching(message),
  ]);
  expect(await kept()).toBe(0);
});

test('more than the option allows, none, and what is neither one nor many are refused with a sentence', async () => {
  const refused = await ports(many(251));
  expect(refused.status).toBe(400);
  expect(refused.body.NeutronError.message).toMatch(
    /^251 ports are to be made by one request; at most 250 can be \(the api's option max_network_items_per_request\)/,
  );
  for (const body of [{ ports: [] }, {}, { port: many(1)[0], ports: many(1) }, { ports: {} }]) {
    expect((await post('ports', body)).status).toBe(400);
  }
  expect(await kept()).toBe(0);
});

test("members make their own; what is the network owner's to choose keeps all from being made", async () => {
  const own = await ports(many(2), member);
  expect(own.body.ports.map(({ project_id: project }) => project)).toEqual([
    'project-alice',
    'project-alice',
  ]);
  const chosen = [...many(1), ...many(1, { mac_address: aMac() })];
  expect((await ports(chosen, member)).status).toBe(403);
  expect(await kept()).toBe(2);
});

test('networks and subnets are made together, or none', async () => {
  const made = await post('networks', { networks: [{ name: 'a' }, { name: 'b' }] });
  expect(made.status).toBe(201);
  expect(made.body.networks.map(({ name }) => name)).toEqual(['a', 'b']);
  const [a, b] = made.body.networks.map(({ id }) => id);
  const subnet = (network_id: string | undefined, cidr: string): object => ({
    ...{ network_id, cidr, ip_version: 4 },
  });
  const twice = await post('subnets', {
    subnets: [subnet(a, '10.1.0.0/24'), subnet(b, '10.1.0.128/25')],
  });
  expect([twice.status, twice.body.NeutronError.message]).toEqual([
    409,
    expect.stringContaining('overlaps with subnet 1 (10.1.0.0/24) of the request'),
  ]);
  const making = (first: number, count: number) => async () => {
    const subnets = Array.from({ length: count }, (_, n) => subnet(a, `10.2.${first + n}.0/24`));
    expect((await post('subnets', { subnets })).status).toBe(201);
  };
  const one = await statementsOf(making(0, 1));
  expect(await statementsOf(making(1, 20))).toHaveLength(one.length);
});
