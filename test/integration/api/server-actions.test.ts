import { waitFor } from '@metalcast/testing';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { messageIn, startServerRig, type ServerRig } from './server-rig.js';

let rig: ServerRig;
let uuid: string;
beforeAll(async () => {
  rig = await startServerRig();
  uuid = await rig.server();
  const node = await rig.enrol();
  const { prisma } = rig.api.database;
  await prisma.node.update({
    where: { uuid: node },
    data: { instanceUuid: uuid, taskState: 'active', epoch: 1, touched: 'power' },
  });
});
afterAll(() => rig.close());

/** The server at rest in this state. */
async function rest(vmState = 'active', launchedAt: Date | null = new Date()): Promise<void> {
  const { prisma } = rig.api.database;
  await prisma.operation.updateMany({
    where: { instanceUuid: uuid },
    data: { state: 'succeeded', awaiting: null, deadlineAt: null },
  });
  await prisma.outbox.deleteMany({});
  await prisma.instance.update({ where: { uuid }, data: { vmState, taskState: null, launchedAt } });
}

beforeEach(() => rest());

const act = (body: object) => rig.compute('POST', `servers/${uuid}/action`, body);
const reboot = (type: unknown) => act({ reboot: { type } });

async function statusNow(): Promise<string> {
  const { body } = await rig.compute('GET', `servers/${uuid}`);
  return (body as unknown as { server: { status: string } }).server.status;
}

async function casts(): Promise<string[]> {
  const rows = await rig.api.database.prisma.outbox.findMany({ where: { kind: 'cast' } });
  return rows.map(({ body }) => {
    const { 'oslo.message': message } = JSON.parse(body) as { 'oslo.message': string };
    return (JSON.parse(message) as { method: string }).method;
  });
}

test.each([
  ['SOFT', 'REBOOT'],
  ['soft', 'REBOOT'],
  ['HARD', 'HARD_REBOOT'],
])('reboot %s is accepted, shown as %s, and compute is told', async (type, status) => {
  expect((await reboot(type)).status).toBe(202);
  expect(await statusNow()).toBe(status);
  const { body } = await rig.compute('GET', `servers/${uuid}/os-instance-actions`);
  const { instanceActions } = body as unknown as { instanceActions: { action: string }[] };
  expect(instanceActions[0]).toMatchObject({ action: 'reboot' });
});

test('a hard one over a soft one is the same reboot; anything else over one is a conflict', async () => {
  expect((await reboot('SOFT')).status).toBe(202);
  expect((await reboot('SOFT')).status).toBe(409);
  expect((await reboot('HARD')).status).toBe(202);
  expect((await reboot('HARD')).status).toBe(409);
  expect(messageIn(await reboot('SOFT'))).toBe(
    `Cannot 'reboot' instance ${uuid} while it is in task_state rebooting_hard`,
  );
  const live = { instanceUuid: uuid, state: { in: ['running', 'waiting'] } };
  expect(await rig.api.database.prisma.operation.count({ where: live })).toBe(1);
});

test('of two at the same moment each is told how it stands to the other', async () => {
  const { prisma } = rig.api.database;
  const answers = await prisma.$transaction(async (tx) => {
    await tx.$queryRaw`SELECT 1 FROM instances WHERE uuid = ${uuid}::uuid FOR UPDATE`;
    const asked = [reboot('SOFT'), reboot('HARD')];
    const waiting = async (): Promise<boolean> => {
      const rows = await prisma.$queryRaw<unknown[]>`
        SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%FROM instances%'`;
      return rows.length === asked.length;
    };
    await waitFor(waiting, { timeoutMs: 4000, what: 'both to wait for the server' });
    return asked;
  });
  const [soft, hard] = await Promise.all(answers);
  expect([hard?.status, soft?.status]).toEqual([202, expect.toBeOneOf([202, 409])]);
  expect(await statusNow()).toBe('HARD_REBOOT');
  const live = { instanceUuid: uuid, state: { in: ['running', 'waiting'] } };
  expect(await prisma.operation.count({ where: live })).toBe(1);
});

test.each([['building'], ['deleted']])('a server that is %s is not rebooted', async (vmState) => {
  await rest(vmState);
  const answer = await reboot('HARD');
  expect([409, 404]).toContain(answer.status);
  expect(await casts()).toEqual([]);
});

test('a server that was never launched is not rebooted', async () => {
  await rest('error', null);
  expect((await reboot('HARD')).status).toBe(409);
});

test.each([
  [{}, 400, 'exactly one action'],
  [{ reboot: { type: 'HARD' }, 'os-stop': null }, 400, 'exactly one action'],
  [{ reboot: null }, 400, 'must be an object'],
  [{ reboot: {} }, 400, 'type'],
  [{ reboot: { type: 'WARM' } }, 400, 'SOFT'],
  [{ reboot: { type: 'HARD', force: true } }, 400, 'force'],
  [{ fly: {} }, 400, 'There is no such action: fly'],
  [{ constructor: {} }, 400, 'There is no such action: constructor'],
  [{ 'os-stop': null }, 501, 'cannot be stopped'],
  [{ rebuild: { imageRef: 'x' } }, 501, 'cannot be rebuilt'],
])('%j is refused with %i', async (body, status, sentence) => {
  const answer = await act(body);
  expect([answer.status, messageIn(answer)]).toEqual([
    status,
    expect.stringContaining(sentence) as string,
  ]);
  expect(await casts()).toEqual([]);
});

test("another project's server, and one that is not there, are not found", async () => {
  const answer = await rig.compute('POST', `servers/${crypto.randomUUID()}/action`, {
    reboot: { type: 'HARD' },
  });
  expect(answer.status).toBe(404);
});
