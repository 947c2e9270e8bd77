// A machine that comes back after its node was deleted: what is still known of it, and what is not any more.
import { randomUUID } from 'node:crypto';
import { removePage, retentionRules } from '@metalcast/db/retention';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startApiProcess, type ApiProcess } from '../api/api-process.js';
import { aBmc, NodeRequests } from '../api/node-requests.js';
import { days } from './kept-rows.js';

let api: ApiProcess;
let nodes: NodeRequests;
beforeAll(async () => {
  api = await startApiProcess();
  nodes = new NodeRequests(api);
});
afterAll(() => api.close());

/** A node that was deleted so long ago, with these servers' data on its disks. */
async function deleted(ago: number, dataOf: string[] = []) {
  const [uuid, power] = [randomUUID(), aBmc()];
  expect((await nodes.enrol({ uuid, power })).status).toBe(201);
  expect((await nodes.remove(uuid)).status).toBe(204);
  await api.database.prisma.outbox.deleteMany();
  const data = { deletedAt: days(ago), epoch: 7, dataOf };
  await api.database.prisma.node.update({ where: { uuid }, data });
  return { uuid, power };
}

async function sweep(): Promise<void> {
  const rule = retentionRules.find(({ name }) => name === 'nodes')!;
  await removePage(api.database, rule, { after: rule.start, keepMs: 90 * 86_400_000 });
}

const rowOf = (uuid: string) => api.database.prisma.node.findUnique({ where: { uuid } });

test('within the time its epochs are counted on; after it the machine is a new one', async () => {
  const [young, old] = [await deleted(89), await deleted(91)];
  await sweep();
  for (const each of [young, old]) {
    expect((await nodes.enrol({ ...each })).status).toBe(201);
  }
  expect((await rowOf(young.uuid))?.epoch).toBe(7);
  expect((await rowOf(old.uuid))?.epoch).toBe(0);
});

test('data on its disks is remembered until the machine is enrolled again, under whatever name', async () => {
  const server = randomUUID();
  const former = await deleted(999, [server]);
  await sweep();
  const uuid = randomUUID();
  expect((await nodes.enrol({ uuid, power: former.power })).status).toBe(201);
  expect((await rowOf(uuid))?.dataOf).toEqual([server]);
  await sweep();
  expect(await rowOf(former.uuid)).toBeNull();
});
