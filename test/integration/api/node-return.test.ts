import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startApiProcess, type Answer, type ApiProcess } from './api-process.js';
import { NodeRequests, uuidOf } from './node-requests.js';

let api: ApiProcess;
let nodes: NodeRequests;

beforeAll(async () => {
  api = await startApiProcess();
  nodes = new NodeRequests(api);
});
afterAll(() => api.close());

const rowOf = (uuid: string) =>
  api.database.prisma.node.findUniqueOrThrow({ where: { uuid }, include: { power: true } });

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
      ...{ epoch: 7, taskState: 'deleted', failures: 3, failedAt: new Date() },
      ...{ fault: { code: 'TIMEOUT' }, lastUsedAt: new Date() },
      power: { create: { powerState: 1, powerStateAt: new Date() } },
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

test.each<[string, object, object]>([
  ['its uuid', { uuid: randomUUID() }, {}],
  ['no uuid, at the same BMC', {}, {}],
  ['no uuid, at the same BMC by another spelling', {}, { address: 'HTTP://10.7.0.1:80/bmc/1/' }],
])('whose data is on its disks stays noted: enrolled anew with %s', async (_, id, spelt) => {
  const power = { driver: 'fake', address: 'http://10.7.0.1/bmc/1' };
  const server = randomUUID();
  const uuid = uuidOf(await nodes.enrol({ ...id, power }));
  await api.database.prisma.node.update({ where: { uuid }, data: { dataOf: [server] } });
  await nodes.remove(uuid);
  const again = uuidOf(await nodes.enrol({ ...id, power: { ...power, ...spelt } }));
  expect((await rowOf(again)).dataOf).toEqual([server]);
  // Emptied is emptied: the note went along, and no other row brings it back.
  expect((await nodes.change(again, { data_of: [] })).status).toBe(200);
  await nodes.remove(again);
  const third = uuidOf(await nodes.enrol({ power }));
  expect((await rowOf(third)).dataOf).toEqual([]);
  await nodes.remove(third);
});

test('a node at another BMC takes over no note', async () => {
  const uuid = uuidOf(await nodes.enrol({ name: 'same-name' }));
  const data = { dataOf: [randomUUID()] };
  await api.database.prisma.node.update({ where: { uuid }, data });
  await nodes.remove(uuid);
  const other = uuidOf(await nodes.enrol({ name: 'same-name' }));
  expect((await rowOf(other)).dataOf).toEqual([]);
});

test('whose a value is that is taken, and which node is busy, is told by uuid and name', async () => {
  const mac = '52:54:00:00:77:01';
  const uuid = uuidOf(await nodes.enrol({ name: 'holder', interfaces: [{ address: mac }] }));
  const label = `${uuid} (holder)`;
  const other = uuidOf(await nodes.enrol());
  const reason = async (answer: Promise<Answer>): Promise<string> => {
    const { status, body } = await answer;
    expect(status).toBe(409);
    return body.error.message;
  };
  const hasMac = `Node ${label} has the MAC address ${mac} already.`;
  expect(await reason(nodes.enrol({ interfaces: [{ address: mac }] }))).toBe(hasMac);
  expect(await reason(nodes.addInterface(other, mac))).toBe(hasMac);
  expect(await reason(nodes.addInterface(uuid, mac))).toMatch(/^The node itself has the MAC/);
  const twice = [{ address: '52:54:00:00:77:02' }, { address: '52:54:00:00:77:02' }];
  expect(await reason(nodes.enrol({ interfaces: twice }))).toMatch(/02 is given twice/);
  const hasName = `Node ${label} has this name already.`;
  expect(await reason(nodes.enrol({ name: 'holder' }))).toBe(hasName);
  expect(await reason(nodes.change(other, { name: 'HOLDER' }))).toBe(hasName);
  const instanceUuid = randomUUID();
  const fault = {
    code: 'DISK_MISSING',
    message: `The deploy ramdisk found no disk on node ${uuid}.`,
  };
  await api.database.prisma.node.update({ where: { uuid }, data: { instanceUuid, fault } });
  expect(await reason(nodes.remove('holder'))).toContain(`Node ${label} is in use by instance`);
  const { body } = await nodes.change(uuid, { rack: 'r1' });
  expect(body).toMatchObject({
    node: { fault: { message: expect.stringContaining(label) as string } },
  });
});
