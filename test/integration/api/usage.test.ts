// The usage of more servers and projects than one answer may list.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Answer } from './api-process.js';
import { messageIn, startServerRig, type ServerRig } from './server-rig.js';

let rig: ServerRig;
let project: string;
beforeAll(async () => {
  rig = await startServerRig({ maxListed: 2 });
  const { prisma } = rig.api.database;
  const servers = [await rig.server(), await rig.server(), await rig.server()];
  const launchedAt = new Date('2026-01-01T00:00:00Z');
  const terminatedAt = new Date('2026-01-01T01:00:00Z');
  await prisma.instance.updateMany({ data: { launchedAt, terminatedAt } });
  const where = { uuid: servers[0]! };
  ({ projectId: project } = await prisma.instance.findUniqueOrThrow({ where }));
});
afterAll(() => rig.close());

const whole = 'start=2026-01-01&end=2026-01-02';
const usage = (path: string, minor = 1): Promise<Answer> =>
  rig.compute('GET', `os-simple-tenant-usage${path}`, undefined, { minor });

test('sums are of all servers, whose rows are not needed', async () => {
  expect((await usage(`?${whole}`)).body).toMatchObject({
    tenant_usages: [{ tenant_id: project, total_hours: 3 }],
  });
});

test.each([`?detailed=1&${whole}`, 'PROJECT'])(
  'before 2.40 an answer with more servers than fit into it is refused: %s',
  async (path) => {
    const answer = await usage(path.replace('PROJECT', `/${project}?${whole}`), 39);
    expect([answer.status, messageIn(answer)]).toEqual([
      400,
      expect.stringMatching(/more than 2 .* 2\.40/),
    ]);
    const paged = await usage(path.replace('PROJECT', `/${project}?${whole}`), 40);
    expect(paged.status).toBe(200);
  },
);

test('what fits is told whole', async () => {
  const { prisma } = rig.api.database;
  const { uuid } = await prisma.instance.findFirstOrThrow();
  await prisma.instance.update({
    where: { uuid },
    data: { launchedAt: new Date('2025-01-01'), terminatedAt: new Date('2025-01-02') },
  });
  expect((await usage(`/${project}?${whole}`)).body).toMatchObject({
    tenant_usage: { total_hours: 2, server_usages: [{ hours: 1 }, { hours: 1 }] },
  });
});

test('more projects than fit are refused too', async () => {
  const { prisma } = rig.api.database;
  const servers = await prisma.instance.findMany();
  const launchedAt = new Date('2026-01-01T00:00:00Z');
  const terminatedAt = new Date('2026-01-01T01:00:00Z');
  for (const { uuid } of servers) {
    const data = { projectId: `of-${uuid}`, launchedAt, terminatedAt };
    await prisma.instance.update({ where: { uuid }, data });
  }
  expect((await usage(`?${whole}`)).status).toBe(400);
});
