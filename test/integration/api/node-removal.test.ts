import { afterAll, beforeAll, expect, test } from 'vitest';
import { request, startApiProcess, type Answer, type ApiProcess } from './api-process.js';

let api: ApiProcess;

beforeAll(async () => {
  api = await startApiProcess();
});
afterAll(() => api.close());

const nodes = (): string => `${api.url}/metalcast/v1/nodes`;

const least = {
  cpus: 2,
  memory_mb: 2048,
  local_gb: 10,
  power: { driver: 'fake', address: 'http://127.0.0.1:1' },
};

const enrol = (node: object = {}): Promise<Answer> =>
  request(nodes(), 'POST', { token: api.admin, body: { node: { ...least, ...node } } });
const remove = (uuid: string): Promise<Answer> =>
  request(`${nodes()}/${uuid}`, 'DELETE', { token: api.admin });
const addInterface = (uuid: string, address: string): Promise<Answer> =>
  request(`${nodes()}/${uuid}/interfaces`, 'POST', {
    token: api.admin,
    body: { interface: { address } },
  });

const uuidOf = ({ body }: Answer): string =>
  (body as unknown as { node: { uuid: string } }).node.uuid;

const macOf = (number: number): string => `52:54:00:00:00:${number.toString(16).padStart(2, '0')}`;

test('a node that is removed keeps no interface that came at the same time', async () => {
  for (let round = 0; round < 10; round += 1) {
    const uuid = uuidOf(await enrol());
    const [removed, added] = await Promise.all([remove(uuid), addInterface(uuid, macOf(round))]);
    expect(removed.status).toBe(204);
    expect([201, 404]).toContain(added.status);
  }
  const { prisma } = api.database;
  expect(await prisma.interface.count({ where: { node: { deletedAt: { not: null } } } })).toBe(0);
});

test('of many that remove a node one does it, and it is told once', async () => {
  const uuid = uuidOf(await enrol());
  const answers = await Promise.all(Array.from({ length: 8 }, () => remove(uuid)));
  const statuses = answers.map(({ status }) => status).sort();
  expect(statuses).toEqual([204, ...Array.from({ length: 7 }, () => 404)]);
  const where = { subject: uuid, type: 'node.removed' };
  expect(await api.database.prisma.event.count({ where })).toBe(1);
});
