// Who reads a list page by page goes on, whatever the sweep hides and removes meanwhile.
import { removePage, retentionRules } from '@metalcast/db/retention';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { seenIn, startServerRig, type Seen, type ServerRig } from '../api/server-rig.js';
import { days } from './kept-rows.js';

let rig: ServerRig;
beforeAll(async () => {
  rig = await startServerRig();
});
afterAll(() => rig.close());

async function sweep(name: string): Promise<void> {
  const rule = retentionRules.find((each) => each.name === name)!;
  await removePage(rig.api.database, rule, { after: rule.start, keepMs: 7 * 86_400_000 });
}

const page = async (path: string, kind: string): Promise<Seen[]> => {
  const answer = await rig.compute('GET', path);
  return seenIn(answer, kind) as unknown as Seen[];
};

test.each(['deleted=true', 'changes-since=2020-01-01T00:00:00Z'])(
  'servers?%s: the marker of a page may be hidden, a hidden server is in no page',
  async (query) => {
    const { prisma } = rig.api.database;
    const servers: string[] = [];
    for (const name of ['old', 'middle', 'young']) {
      servers.push(await rig.server({ name }));
    }
    const gone = { vmState: 'deleted', taskState: null, deletedAt: days(8) };
    await prisma.operation.updateMany({ data: { state: 'failed', deadlineAt: null } });
    await prisma.outbox.deleteMany();
    await prisma.instance.updateMany({ where: { uuid: { in: servers } }, data: gone });
    const first = await page(`servers?${query}&limit=2`, 'servers');
    expect(first.map(({ name }) => name)).toEqual(['young', 'middle']);
    await prisma.instance.update({ where: { uuid: servers[0]! }, data: { deletedAt: days(1) } });
    await sweep('servers');
    const rest = await page(`servers?${query}&limit=2&marker=${first[1]!.id}`, 'servers');
    expect(rest.map(({ name }) => name)).toEqual(['old']);
    expect((await page(`servers?${query}`, 'servers')).map(({ name }) => name)).toEqual(['old']);
    await prisma.operationStep.deleteMany();
    await prisma.operation.deleteMany();
    await prisma.instance.deleteMany();
  },
);

test('services: likewise', async () => {
  const { prisma } = rig.api.database;
  const service = { binary: 'nova-compute', version: '1.0' };
  for (const host of ['h1', 'h2', 'h3']) {
    const lastSeen = host === 'h3' ? new Date() : days(8);
    await prisma.service.create({ data: { ...service, host, lastSeen } });
  }
  const path = 'os-services?binary=nova-compute';
  const first = await page(`${path}&limit=1`, 'services');
  expect(first.map(({ host }) => host)).toEqual(['h1']);
  await sweep('services');
  const marker = (await prisma.service.findFirstOrThrow({ where: { host: 'h1' } })).id;
  const rest = await page(`${path}&marker=${String(marker)}`, 'services');
  expect(rest.map(({ host }) => host)).toEqual(['h3']);
});
