import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startApiProcess, type ApiProcess } from './api-process.js';
import { NodeRequests, uuidOf } from './node-requests.js';

let api: ApiProcess;
let nodes: NodeRequests;

beforeAll(async () => {
  api = await startApiProcess();
  nodes = new NodeRequests(api);
});
afterAll(() => api.close());

const macsOf = async (uuid: string): Promise<string[]> => {
  const where = { node: { uuid } };
  const rows = await api.database.prisma.interface.findMany({ where, orderBy: { id: 'asc' } });
  return rows.map(({ address }) => address);
};

test('an interface is removed by its address, in any spelling, and can come back', async () => {
  const [one, two] = ['52:54:00:0a:0b:01', '52:54:00:0a:0b:02'];
  const interfaces = [{ address: one }, { address: two }];
  const uuid = uuidOf(await nodes.enrol({ name: 'cards', interfaces }));
  expect((await nodes.removeInterface('cards', '52-54-00-0A-0B-01')).status).toBe(204);
  expect(await macsOf(uuid)).toEqual([two]);
  expect((await nodes.removeInterface(uuid, one)).status).toBe(404);
  expect((await nodes.removeInterface(uuid, 'eth0')).status).toBe(404);
  expect((await nodes.addInterface(uuid, one)).status).toBe(201);
});

test('a node with a server keeps its interfaces', async () => {
  const address = '52:54:00:0a:0b:03';
  const uuid = uuidOf(await nodes.enrol({ interfaces: [{ address }] }));
  const { prisma } = api.database;
  await prisma.node.update({ where: { uuid }, data: { instanceUuid: randomUUID() } });
  expect((await nodes.removeInterface(uuid, address)).status).toBe(409);
  expect(await macsOf(uuid)).toEqual([address]);
});

test('a node that had a server reads as available, like one that never had', async () => {
  const uuid = uuidOf(await nodes.enrol());
  await api.database.prisma.node.update({ where: { uuid }, data: { taskState: 'deleted' } });
  expect((await nodes.show(uuid)).body).toMatchObject({ node: { state: 'available' } });
});
