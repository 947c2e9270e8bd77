import { randomUUID } from 'node:crypto';
import { beat, type Port } from '@metalcast/db';
import { allocatePort } from '@metalcast/db/network';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { addMember } from './api-process.js';
import { addNetwork, messageIn, startServerRig, type ServerRig } from './server-rig.js';

const projectId = 'project-alice';
let rig: ServerRig;
let token: string;
let shared: string;

beforeAll(async () => {
  rig = await startServerRig();
  token = await addMember(rig.api, 'alice');
  shared = (await rig.api.database.prisma.network.findFirstOrThrow()).id;
});
afterAll(() => rig.close());

beforeEach(async () => {
  const { prisma } = rig.api.database;
  await prisma.port.deleteMany();
  await prisma.subnet.deleteMany({ where: { networkId: { not: shared } } });
  await prisma.network.deleteMany({ where: { id: { not: shared } } });
});

const portOf = (project: string): Promise<Port> =>
  rig.api.database.transaction(({ sql }) =>
    allocatePort(sql, { networkId: shared, projectId: project }),
  );

/** The answer to alice's request; `counted`: the servers that it made. */
async function answerTo(networks: unknown, of = token) {
  const { instance } = rig.api.database.prisma;
  const before = await instance.count();
  const answer = await rig.ask({ networks }, {}, { token: of });
  const made = (await instance.count()) - before;
  return { status: answer.status, message: messageIn(answer), made };
}

const accepted = { status: 202, made: 1 };
const refused = (status: number, message: RegExp) => ({
  status,
  made: 0,
  message: expect.stringMatching(message) as string,
});

test('networks, ports and addresses that the project has', async () => {
  const { id: port } = await portOf(projectId);
  const own = await addNetwork(rig.api, { projectId, cidr: '10.98.0.0/24' });
  for (const networks of [[{ uuid: shared }], [{ uuid: own }, { uuid: shared }], [{ port }]]) {
    expect(await answerTo(networks)).toMatchObject(accepted);
  }
  const chosen = [{ uuid: shared, fixed_ip: '10.99.0.50' }];
  expect(await answerTo(chosen, rig.api.admin)).toMatchObject(accepted);
});

test('what is not there, or is another project’s, is a 400', async () => {
  const unknown = randomUUID();
  const notFound = (what: string, id: string) =>
    refused(400, new RegExp(`^${what} ${id} could not be found\\.$`));
  expect(await answerTo([{ uuid: unknown }])).toMatchObject(notFound('Network', unknown));
  expect(await answerTo([{ port: unknown }])).toMatchObject(notFound('Port', unknown));

  const foreign = await addNetwork(rig.api, { projectId: 'bob', cidr: '10.97.0.0/24' });
  expect(await answerTo([{ uuid: foreign }])).toMatchObject(notFound('Network', foreign));
  const { id: port } = await portOf('bob');
  expect(await answerTo([{ port }])).toMatchObject(notFound('Port', port));
  expect(await answerTo([{ port }], rig.api.admin)).toMatchObject(
    refused(400, /belongs to another project/),
  );
});

test('a network without a subnet is a 400', async () => {
  const bare = await addNetwork(rig.api);
  expect(await answerTo([{ uuid: bare }])).toMatchObject(refused(400, /has no subnet/));
});

test('networks without DHCP, or with none that a boot service serves, are a 400', async () => {
  const { prisma } = rig.api.database;
  const own = await addNetwork(rig.api, { projectId, cidr: '10.98.0.0/24' });
  await prisma.subnet.updateMany({ where: { networkId: own }, data: { enableDhcp: false } });
  expect(await answerTo([{ uuid: own }])).toMatchObject(refused(400, /no.* subnet with DHCP/i));
  expect(await answerTo([{ uuid: shared }, { uuid: own }])).toMatchObject(accepted);
  await prisma.subnet.updateMany({ data: { enableDhcp: true } });
  const boot = { host: 'h', binary: 'metalcast-boot', topic: 'boot', version: '1.0' };
  await beat(rig.api.database, { ...boot, details: { address: '10.99.0.1' } }, true);
  expect(await answerTo([{ uuid: own }])).toMatchObject(refused(400, /boot service serves/));
  expect(await answerTo([{ uuid: own }, { uuid: shared }])).toMatchObject(accepted);
  await prisma.service.deleteMany({ where: { binary: 'metalcast-boot' } });
});

test('an address that the server cannot have', async () => {
  const { ipAddress } = await portOf('bob');
  const ask = (fixed_ip: string | null) => answerTo([{ uuid: shared, fixed_ip }], rig.api.admin);
  expect(await answerTo([{ uuid: shared, fixed_ip: '10.99.0.50' }])).toMatchObject(
    refused(403, /create_port:fixed_ips:ip_address/),
  );
  expect(await ask('10.96.0.5')).toMatchObject(refused(400, /is not a valid IP/));
  expect(await ask(ipAddress)).toMatchObject(refused(409, /already allocated/));
  const { id: port } = await portOf(projectId);
  expect(await answerTo([{ port, fixed_ip: '10.99.0.50' }])).toMatchObject(
    refused(400, /cannot be asked for with port/),
  );
});

test('a port is one server’s, and asked for once', async () => {
  const { id: port } = await portOf(projectId);
  expect(await answerTo([{ port }, { port: port.toUpperCase() }])).toMatchObject(
    refused(400, /more than once/),
  );
  await rig.api.database.prisma.port.update({ where: { id: port }, data: { deviceId: 'other' } });
  expect(await answerTo([{ port }])).toMatchObject(refused(409, /^Port .* is still in use\.$/));
});

test.each([['auto'], [[]], [undefined]])(
  '%j is the one network that the project sees',
  async (networks) => {
    await addNetwork(rig.api, { projectId: 'bob', cidr: '10.97.0.0/24' });
    // Without a subnet it is no choice.
    await addNetwork(rig.api);
    expect(await answerTo(networks)).toMatchObject(accepted);
    expect(await answerTo(networks, rig.api.admin)).toMatchObject(accepted);
    await addNetwork(rig.api, { projectId, cidr: '10.98.0.0/24' });
    expect(await answerTo(networks)).toMatchObject(refused(409, /must name one/));
    await rig.api.database.prisma.network.updateMany({ data: { adminStateUp: false } });
    expect(await answerTo(networks)).toMatchObject(refused(409, /There is no network/));
    await rig.api.database.prisma.network.updateMany({ data: { adminStateUp: true } });
  },
);
