import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  addMember,
  request,
  startApiProcess,
  type Answer,
  type ApiProcess,
} from './api-process.js';
import { aBmc } from './node-requests.js';

let api: ApiProcess;

beforeAll(async () => {
  api = await startApiProcess();
});
afterAll(() => api.close());

interface Shown {
  readonly uuid: string;
  readonly version: number;
}

const least = { cpus: 2, memory_mb: 2048, local_gb: 10 };
const nodes = (): string => `${api.url}/metalcast/v1/nodes`;
const shownIn = ({ body }: Answer): Shown => (body as unknown as { node: Shown }).node;

const enrol = (node: object): Promise<Answer> =>
  request(nodes(), 'POST', {
    token: api.admin,
    body: { node: { ...least, power: aBmc(), ...node } },
  });
const patch = (uuid: string, node: object, token = api.admin): Promise<Answer> =>
  request(`${nodes()}/${uuid}`, 'PATCH', { token, body: { node } });

const place = { rack: 'r1', power_feed: 'a', switch: 'sw1' };
const suited = {
  traits: ['HW_GPU', 'CUSTOM_NVME'],
  capabilities: { ssd: true, generation: 9, cpu: { flags: { avx: 'yes' } } },
};

test('a node is enrolled with its place and what it has', async () => {
  const enrolled = await enrol({ ...place, ...suited });
  expect(enrolled.status).toBe(201);
  expect(shownIn(enrolled)).toMatchObject({
    ...place,
    ...suited,
    ...{ quarantined: false, quarantine_reason: null, failures: 0 },
    ...{ failed_at: null, last_used_at: null },
  });
  expect(shownIn(await enrol({}))).toMatchObject({
    ...{ rack: null, power_feed: null, switch: null, traits: [], capabilities: {} },
  });
});

test('a node is named by its uuid or name, not by its number, which is not shown', async () => {
  const { uuid, ...shown } = shownIn(await enrol({ name: 'numbered' }));
  expect(shown).not.toHaveProperty('id');
  const { id } = await api.database.prisma.node.findUniqueOrThrow({ where: { uuid } });
  const asked = ['numbered', uuid, String(id)].map((key) =>
    request(`${nodes()}/${key}`, 'GET', { token: api.admin }),
  );
  expect((await Promise.all(asked)).map(({ status }) => status)).toEqual([200, 200, 404]);
  expect((await patch(String(id), { rack: 'r1' })).status).toBe(404);
});

test('which disk is given and which are kept, by a grammar that is checked', async () => {
  const disks = {
    root_device: { serial: 'A', size: '>= 100' },
    keep_disks: [{ model: '<in> sas' }],
  };
  const enrolled = await enrol(disks);
  expect(enrolled.status).toBe(201);
  expect(shownIn(enrolled)).toMatchObject({ ...disks, data_of: [] });
  const { uuid } = shownIn(enrolled);
  expect(shownIn(await patch(uuid, { root_device: { rotational: false } }))).toMatchObject({
    root_device: { rotational: false },
    keep_disks: disks.keep_disks,
  });
  expect(shownIn(await patch(uuid, { root_device: null, keep_disks: [] }))).toMatchObject({
    root_device: null,
    keep_disks: [],
  });
  const wrong: [object, RegExp][] = [
    [{ root_device: {} }, /root_device.*names nothing/],
    [{ root_device: { colour: 'red' } }, /colour=red.*has the keys/],
    [{ root_device: { size: 's== 5' } }, /compares texts/],
    [{ keep_disks: [{ serial: 'A' }, { serial: '>= 5' }] }, /keep_disks\.1.*compares numbers/],
    [{ root_device: { serial: 'x'.repeat(300) } }, /root_device/],
    [{ root_device: { name: '/dev/disk/by-id/wwn-0x5' } }, /no udev.*serial, wwn/],
    [{ keep_disks: [{ name: '/dev/sdb1' }] }, /sdb1 is a partition; its disk is sdb/],
    [{ root_device: { serial: 'K' }, keep_disks: [{ serial: 'k' }] }, /never written/],
  ];
  for (const [fields, words] of wrong) {
    const answer = await patch(uuid, fields);
    expect([answer.status, JSON.stringify(answer.body)]).toEqual([
      400,
      expect.stringMatching(words),
    ]);
  }
  // Also against what the node has already.
  await patch(uuid, { keep_disks: [{ serial: 'K' }] });
  expect((await patch(uuid, { root_device: { serial: 'K' } })).status).toBe(400);
  expect(
    (await enrol({ root_device: { serial: 'K' }, keep_disks: [{ serial: 'K' }] })).status,
  ).toBe(400);
});

test('a mark that was stored before it was refused stops no other change, and is told with the next mark', async () => {
  const { uuid } = shownIn(await enrol({}));
  const keepDisks = [{ name: '/dev/disk/by-id/wwn-0x5' }];
  await api.database.prisma.node.update({ where: { uuid }, data: { keepDisks } });
  expect((await patch(uuid, { rack: 'r9' })).status).toBe(200);
  const refused = await patch(uuid, { root_device: { serial: 'A' } });
  expect(refused.status).toBe(400);
  expect(JSON.stringify(refused.body)).toContain('no udev');
  expect((await patch(uuid, { keep_disks: [] })).status).toBe(200);
});

test('an operator says that the disks of a free node are wiped, and nothing else of whose data they hold', async () => {
  const { uuid } = shownIn(await enrol({}));
  const { node } = api.database.prisma;
  await node.update({ where: { uuid }, data: { dataOf: [randomUUID(), randomUUID()] } });
  expect((await patch(uuid, { data_of: [randomUUID()] })).status).toBe(400);
  await node.update({ where: { uuid }, data: { instanceUuid: randomUUID() } });
  expect((await patch(uuid, { data_of: [] })).status).toBe(409);
  await node.update({ where: { uuid }, data: { instanceUuid: null } });
  expect(shownIn(await patch(uuid, { data_of: [] }))).toMatchObject({ data_of: [] });
});

test('the marks of disks stay while a build is under way: it goes by those that it began with', async () => {
  const { uuid } = shownIn(await enrol({ keep_disks: [{ serial: 'K' }] }));
  const { node } = api.database.prisma;
  await node.update({
    where: { uuid },
    data: { operationId: randomUUID(), taskState: 'deploying' },
  });
  for (const marks of [{ keep_disks: [] }, { root_device: { serial: 'R' } }]) {
    expect((await patch(uuid, marks)).status).toBe(409);
  }
  expect((await patch(uuid, { rack: 'r7' })).status).toBe(200);
  await node.update({ where: { uuid }, data: { operationId: null, taskState: 'active' } });
  expect((await patch(uuid, { keep_disks: [] })).status).toBe(200);
});

test('a change grows the version and is told by an event, both or neither', async () => {
  const { uuid, version } = shownIn(await enrol({ name: 'n1', rack: 'r1' }));
  await enrol({ name: 'taken' });
  const changed = await patch(uuid, { rack: 'r2', traits: [], quarantined: true });
  expect(changed.status).toBe(200);
  expect(shownIn(changed)).toMatchObject({ rack: 'r2', quarantined: true });
  expect(shownIn(changed).version).toBeGreaterThan(version);
  const where = { subject: uuid, type: 'node.changed' };
  expect(await api.database.prisma.event.findMany({ where })).toMatchObject([
    { data: { fields: ['rack', 'traits', 'quarantined'] } },
  ]);
  expect((await patch(uuid, { name: 'taken', rack: 'r3' })).status).toBe(409);
  expect(await api.database.prisma.event.count({ where })).toBe(1);
  expect(shownIn(await patch(uuid, {}))).toMatchObject({ rack: 'r2' });
});

test('a flag that is taken back takes its reason along; failures are forgiven', async () => {
  const { uuid } = shownIn(await enrol({}));
  const set = { maintenance: true, quarantined: true };
  const reasons = { maintenance_reason: 'new disk', quarantine_reason: 'failed thrice' };
  await patch(uuid, { ...set, ...reasons });
  const failed = { failures: 3, failedAt: new Date() };
  await api.database.prisma.node.update({ where: { uuid }, data: failed });
  expect(shownIn(await patch(uuid, { maintenance: false }))).toMatchObject({
    ...{ maintenance: false, maintenance_reason: null, quarantined: true, failures: 3 },
    quarantine_reason: 'failed thrice',
  });
  expect(shownIn(await patch(uuid, { quarantined: false, failures: 0 }))).toMatchObject({
    ...{ quarantined: false, quarantine_reason: null, failures: 0, failed_at: null },
  });
});

test.each<[string, object, string]>([
  ['a trait in small letters', { traits: ['hw_gpu'] }, 'traits.0: must be capital'],
  ['a trait twice', { traits: ['A', 'A'] }, 'traits: must name each trait once'],
  ['a trait that is no text', { traits: [7] }, 'traits.0'],
  ['failures that are counted', { failures: 2 }, 'failures: can only be set to 0'],
  ['capabilities that are a list', { capabilities: ['a'] }, 'capabilities'],
  ['a capability without value', { capabilities: { a: null } }, 'capabilities.a'],
  ['a list of capabilities', { capabilities: { a: [1] } }, 'capabilities.a'],
  ['capabilities too deep', { capabilities: { a: { b: { c: { d: 1 } } } } }, 'capabilities.a'],
  ['a key with a space', { capabilities: { 'a b': 1 } }, 'a key must be'],
  ['a rack without a name', { rack: ' ' }, 'rack'],
  ['a name that is a number', { name: '12' }, 'name: letters'],
  ['a name that is a uuid', { name: '5C701D43-7ceb-4bc5-902f-e217cd141244' }, 'must not be a uuid'],
  ['a zone with a colon', { availability_zone: 'a:b' }, 'must have no colon'],
  ['who decides when', { failed_at: null }, 'failed_at'],
])('%s is refused', async (_, fields, reason) => {
  const { uuid } = shownIn(await enrol({}));
  const answer = await patch(uuid, fields);
  expect(answer.status).toBe(400);
  expect(answer.body.error.message).toContain(reason);
});

test('members neither see nor change nodes', async () => {
  const token = await addMember(api, 'bob');
  const { uuid } = shownIn(await enrol({}));
  expect((await patch(uuid, { rack: 'r' }, token)).status).toBe(403);
});
