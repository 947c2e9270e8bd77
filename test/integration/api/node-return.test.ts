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

const rowOf = (uuid: string) => api.database.prisma.node.findUniqueOrThrow({ where: { uuid } });

/** A machine that was enrolled, had servers, and was removed. */
async function removed(uuid: string): Promise<void> {
  const past = {
    ...{ name: 'old', rack: 'r1', maintenance: true, maintenance_reason: 'disk' },
    ...{ quarantined: true, interfaces: [{ address: '52:54:00:00:00:01' }] },
  };
  expect((await nodes.enrol({ uuid, ...past })).status).toBe(201);
  await api.database.prisma.node.update({
    where: { uuid },
    data: {
      ...{ epoch: 7, taskState: 'deleted', failures: 3, failedAt: new Date(), powerState: 1 },
      ...{ fault: { code: 'TIMEOUT' }, bootTry: 2, lastUsedAt: new Date() },
    },
  });
  expect((await nodes.remove(uuid)).status).toBe(204);
}

test('a removed node is enrolled anew under its uuid; nothing is left of its former life but the count of its epochs', async () => {
  const uuid = randomUUID();
  await removed(uuid);
  const before = await rowOf(uuid);
  const answer = await nodes.enrol({ uuid, interfaces: [{ address: '52:54:00:00:00:01' }] });
  expect(answer.status).toBe(201);
  const after = await rowOf(uuid);
  const unused = await rowOf(uuidOf(await nodes.enrol({})));
  const own = { uuid, id: after.id, epoch: after.epoch, version: after.version };
  const { createdAt, updatedAt, pmAddress, bmcKey, bmcEndpoints } = after;
  const bmc = { pmAddress, bmcKey, bmcEndpoints };
  expect(after).toEqual({ ...unused, ...own, ...bmc, createdAt, updatedAt });
  expect(after.id).toBe(before.id);
  expect(after.epoch).toBe(before.epoch);
  expect(after.epoch).toBeGreaterThan(7);
  expect(after.version).toBeGreaterThan(before.version);
  expect(createdAt.getTime()).toBeGreaterThan(before.createdAt.getTime());
});

test('of two that enrol a removed node at once one does it', async () => {
  const uuid = randomUUID();
  await nodes.enrol({ uuid });
  await nodes.remove(uuid);
  const answers = await Promise.all([nodes.enrol({ uuid }), nodes.enrol({ uuid })]);
  expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
  expect((await nodes.enrol({ uuid })).status).toBe(409);
});
