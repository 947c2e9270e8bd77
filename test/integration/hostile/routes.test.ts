// Each route of the api under requests made from its schema and broken: none breaks it, and each answer is documented.
import { power, scheduler } from '@metalcast/contracts';
import { inMemoryRpc, type RpcConnection } from '@metalcast/rpc';
import { serve, type RpcServer } from '@metalcast/rpc/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describedRoutes } from '../../../services/api/src/openapi/routes.js';
import { addMember, request } from '../api/api-process.js';
import { Documented } from '../api/documented.js';
import { addComputeHost, startServerRig, type ServerRig } from '../api/server-rig.js';
import { requestsFor, type FuzzedRequest, type Known } from './fuzzed-requests.js';
import { seedOf } from './survivor.js';

/** METALCAST_TEST_ROUNDS makes it longer: requests for each route. */
const rounds = Number(process.env['METALCAST_TEST_ROUNDS'] ?? 8);

let rig: ServerRig;
let documented: Documented;
let known: Known;
let tokens: Readonly<Record<FuzzedRequest['caller'], string | undefined>>;
let rpc: RpcConnection;
const servers: RpcServer[] = [];

beforeAll(async () => {
  rig = await startServerRig();
  documented = await Documented.of(rig.api.url);
  const member = await addMember(rig.api, 'alice');
  tokens = { admin: rig.api.admin, member, stranger: undefined };
  await addComputeHost(rig.api, 'h1');
  known = await thingsOf();
  rpc = inMemoryRpc(rig.api.broker, { host: 'all' });
  const explanation = { nodes: 0, fit: 0, text: '', refusals: [], judgements: [], next: null };
  servers.push(
    await serve(rpc, scheduler, {
      runInstance: () => Promise.resolve(),
      selectDestinations: () => Promise.resolve([]),
      explain: () => Promise.resolve(explanation),
    }),
    await serve(rpc, power, {
      set: () => Promise.resolve(),
      get: () => Promise.resolve({ power: 'on' }),
    }),
  );
});
afterAll(async () => {
  await Promise.all(servers.map((server) => server.close()));
  await rpc.close();
  await rig.close();
});

async function thingsOf(): Promise<Known> {
  const { api, image } = rig;
  const servers = await rig.server();
  const [node, bare] = [await rig.enrol({ name: 'one' }), await rig.enrol()];
  const { id: network } = await api.database.prisma.network.findFirstOrThrow();
  const { id: subnet } = await api.database.prisma.subnet.findFirstOrThrow();
  const { id: numbered } = await api.database.prisma.node.findFirstOrThrow({
    where: { uuid: bare },
  });
  await rig.compute('POST', 'os-keypairs', { keypair: { name: 'key' } });
  return {
    ...{ servers, events: servers, flavors: 'small', flavorRef: 'small', flavor: 'small' },
    ...{ images: image, imageRef: image, image, 'os-keypairs': 'key', key_name: 'key' },
    ...{ networks: network, network_id: network, subnets: subnet, subnet_id: subnet },
    ...{
      nodes: 'one',
      node: 'one',
      'os-hypervisors': node,
      'os-baremetal-nodes': String(numbered),
    },
    ...{ host: 'h1', service_host: 'h1', users: 'admin', projects: 'admin', name: 'admin' },
  };
}

/** What is wrong with the answer; undefined when nothing is. */
async function complaint({
  method,
  path,
  type,
  body,
  microversion,
  caller,
}: FuzzedRequest): Promise<string | undefined> {
  const token = tokens[caller];
  const answer = await request(`${rig.api.url}${path}`, method, {
    ...(token === undefined ? {} : { token }),
    ...(body === undefined ? {} : { body }),
    headers: {
      ...(body === undefined ? {} : { 'content-type': type }),
      'openstack-api-version': `compute ${microversion}`,
    },
  });
  return answer.status >= 500 && answer.status !== 501
    ? `${answer.status} ${JSON.stringify(answer.body)}`
    : documented.mismatch(method, path, answer);
}

test('no request breaks a route', { timeout: 60_000 + rounds * 60_000 }, async () => {
  const seed = seedOf('noise for the routes of the api');
  const complaints: string[] = [];
  for (const described of describedRoutes()) {
    for (const one of fc.sample(requestsFor(described, known), { numRuns: rounds, seed })) {
      const found = await complaint(one);
      if (found !== undefined) {
        complaints.push(
          `${found} <- ${one.method} ${one.path.slice(0, 500)} ${String(one.body).slice(0, 1000)}`,
        );
      }
    }
  }
  expect(complaints).toEqual([]);
  const accepted = [...documented.seen].filter((seen) => / 2\d\d$/.test(seen));
  expect(accepted.length).toBeGreaterThan(50);
});
