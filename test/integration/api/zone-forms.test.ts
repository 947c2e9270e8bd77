import { afterAll, beforeAll, expect, test } from 'vitest';
import { addMember } from './api-process.js';
import { addComputeHost, messageIn, seenIn, startServerRig, type ServerRig } from './server-rig.js';

let rig: ServerRig;
let member: string;
let node: string;

beforeAll(async () => {
  rig = await startServerRig();
  member = await addMember(rig.api, 'alice');
  await addComputeHost(rig.api, 'h1');
  node = await rig.enrol({ name: 'n1', availability_zone: 'az1', service_host: 'h2' });
});
afterAll(() => rig.close());

const ask = (zone: string | null, token = rig.api.admin) =>
  rig.ask({ availability_zone: zone }, {}, { token });

test.each<[string | null, object]>([
  [null, {}],
  ['', {}],
  ['az1', { availabilityZone: 'az1' }],
  ['nova', { availabilityZone: 'nova' }],
  ['az1:h1', { availabilityZone: 'az1', forcedHost: 'h1' }],
  [':h2', { forcedHost: 'h2' }],
  ['nova::n1', { availabilityZone: 'nova', forcedNode: 'n1' }],
  ['az1:h2:n1', { availabilityZone: 'az1', forcedHost: 'h2', forcedNode: 'n1' }],
])('%j is understood', async (zone, asked) => {
  const answer = seenIn(await ask(zone), 'server');
  const none = { availabilityZone: null, forcedHost: null, forcedNode: null };
  const forced = 'forcedNode' in asked ? { forcedNode: node } : {};
  expect(
    await rig.api.database.prisma.instance.findUnique({ where: { uuid: answer.id } }),
  ).toMatchObject({ ...none, ...asked, ...forced });
});

test('a node is named by its name or uuid, and kept as its uuid', async () => {
  for (const name of ['n1', node, node.toUpperCase()]) {
    const server = seenIn(await ask(`::${name}`), 'server');
    expect(
      await rig.api.database.prisma.instance.findUnique({ where: { uuid: server.id } }),
    ).toMatchObject({ forcedNode: node });
  }
});

test.each([
  ['a:b:c:d', 'Unable to parse availability_zone'],
  ['az9', 'The requested availability zone is not available'],
  ['az9:h1', 'The requested availability zone is not available'],
  ['az1:h9', 'Compute host h9 could not be found.'],
  ['::n9', 'Node n9 could not be found.'],
  ['az1:h1:n1', 'Node n1 is under compute host h2, not h1.'],
])('%s: 400 %s', async (zone, message) => {
  const answer = await ask(zone);
  expect(answer.status).toBe(400);
  expect(messageIn(answer)).toBe(message);
});

test('a member asks for zones, not for hosts or nodes', async () => {
  expect((await ask('az1', member)).status).toBe(202);
  expect((await ask('az1::', member)).status).toBe(202);
  for (const zone of ['az1:h1', 'az1::n1', ':h9']) {
    const refused = await ask(zone, member);
    expect(refused.status).toBe(403);
    expect(messageIn(refused)).toBe(
      "Policy doesn't allow compute:servers:create:forced_host to be performed.",
    );
  }
});
