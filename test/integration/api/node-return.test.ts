import { randomUUID } from 'node:crypto';
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

const enrol = (node: object): Promise<Answer> =>
  request(nodes(), 'POST', { token: api.admin, body: { node: { ...least, ...node } } });
const remove = (uuid: string): Promise<Answer> =>
  request(`${nodes()}/${uuid}`, 'DELETE', { token: api.admin });
const rowOf = (uuid: string) => api.database.prisma.node.findUniqueOrThrow({ where: { uuid } });

const uuidOf = ({ body }: Answer): string =>
  (body as unknown as { node: { uuid: string } }).node.uuid;

/** A machine that was enrolled, had servers, and was removed. */
async function removed(uuid: string): Promise<void> {
  const past = {
    ...{ name: 'old', rack: 'r1', maintenance: true, maintenance_reason: 'disk' },
    ...{ quarantined: true, interfaces: [{ address: '52:54:00:00:00:01' }] },
  };
  expect((await enrol({ uuid, ...past })).status).toBe(201);
  await api.database.prisma.node.update({
    where: { uuid },
    data: {
      ...{ epoch: 7, taskState: 'deleted', failures: 3, failedAt: new Date(), powerState: 1 },
      ...{ fault: { code: 'TIMEOUT' }, bootTry: 2, lastUsedAt: new Date() },
    },
  });
  expect((await remove(uuid)).status).toBe(204);
}

test('a removed node is enrolled anew under its uuid; nothing is left of its former life but the count of its epochs', async () => {
  const uuid = randomUUID();
  await removed(uuid);
  const before = await rowOf(uuid);
  const answer = await enrol({ uuid, interfaces: [{ address: '52:54:00:00:00:01' }] });
  expect(answer.status).toBe(201);
  const after = await rowOf(uuid);
  const unused = await rowOf(uuidOf(await enrol({})));
  const own = { uuid, id: after.id, epoch: after.epoch, version: after.version };
  const { createdAt, updatedAt } = after;
  expect(after).toEqual({ ...unused, ...own, createdAt, updatedAt });
  expect(after.id).toBe(before.id);
  expect(after.epoch).toBe(before.epoch);
  expect(after.epoch).toBeGreaterThan(7);
  expect(after.version).toBeGreaterThan(before.version);
  expect(createdAt.getTime()).toBeGreaterThan(before.createdAt.getTime());
});

test('of two that enrol a removed node at once one does it', async () => {
  const uuid = randomUUID();
  await enrol({ uuid });
  await remove(uuid);
  const answers = await Promise.all([enrol({ uuid }), enrol({ uuid })]);
  expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
  expect((await enrol({ uuid })).status).toBe(409);
});
