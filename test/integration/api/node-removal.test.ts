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

const macOf = (number: number): string => `52:54:00:00:00:${number.toString(16).padStart(2, '0')}`;

test('a node that is removed keeps no interface that came at the same time', async () => {
  for (let round = 0; round < 10; round += 1) {
    const uuid = uuidOf(await nodes.enrol());
    const [removed, added] = await Promise.all([
      nodes.remove(uuid),
      nodes.addInterface(uuid, macOf(round)),
    ]);
    expect(removed.status).toBe(204);
    expect([201, 404]).toContain(added.status);
  }
  const { prisma } = api.database;
  expect(await prisma.interface.count({ where: { node: { deletedAt: { not: null } } } })).toBe(0);
});

test('of many that remove a node one does it, and it is told once', async () => {
  const uuid = uuidOf(await nodes.enrol());
  const answers = await Promise.all(Array.from({ length: 8 }, () => nodes.remove(uuid)));
  const statuses = answers.map(({ status }) => status).sort();
  expect(statuses).toEqual([204, ...Array.from({ length: 7 }, () => 404)]);
  const where = { subject: uuid, type: 'node.removed' };
  expect(await api.database.prisma.event.count({ where })).toBe(1);
});
