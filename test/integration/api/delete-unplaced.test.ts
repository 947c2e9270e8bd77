import { afterAll, beforeAll, expect, test } from 'vitest';
import { startServerRig, type ServerRig } from './server-rig.js';

let rig: ServerRig;
beforeAll(async () => {
  rig = await startServerRig();
});
afterAll(() => rig.close());

/** A server whose build has ended without a node. */
async function unplaced(): Promise<string> {
  const { prisma } = rig.api.database;
  const uuid = await rig.server();
  await prisma.operation.updateMany({
    where: { instanceUuid: uuid },
    data: { state: 'failed', awaiting: null, deadlineAt: null },
  });
  await prisma.instance.update({ where: { uuid }, data: { vmState: 'error', taskState: null } });
  return uuid;
}

const remove = (uuid: string) => rig.compute('DELETE', `servers/${uuid}`);

interface Told {
  readonly publisher_id: string;
  readonly event_type: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

async function toldOf(uuid: string): Promise<Told[]> {
  const where = { kind: 'notification', aggregate: { contains: uuid } };
  const rows = await rig.api.database.prisma.outbox.findMany({ where, orderBy: { seq: 'asc' } });
  return rows.map(({ body }) => {
    const { 'oslo.message': message } = JSON.parse(body) as { 'oslo.message': string };
    return JSON.parse(message) as Told;
  });
}

test('a server without a node is gone at once, and listeners of notifications hear of it', async () => {
  const uuid = await unplaced();
  expect((await remove(uuid)).status).toBe(204);
  expect((await rig.compute('GET', `servers/${uuid}`)).status).toBe(404);
  expect((await remove(uuid)).status).toBe(404);
  const told = await toldOf(uuid);
  expect(told.map((each) => `${each.publisher_id} ${each.event_type}`)).toEqual([
    expect.stringMatching(/^compute\..* compute\.instance\.delete\.start$/),
    expect.stringMatching(/^nova-api:.* instance\.delete\.start$/),
    expect.stringMatching(/^compute\..* compute\.instance\.delete\.end$/),
    expect.stringMatching(/^nova-api:.* instance\.delete\.end$/),
  ]);
  expect(told[0]?.payload).toMatchObject({
    instance_id: uuid,
    state: 'error',
    state_description: 'deleting',
    deleted_at: '',
  });
  expect(told[2]?.payload).toMatchObject({
    instance_id: uuid,
    instance_type: 'small',
    instance_type_id: expect.any(Number) as number,
    state: 'deleted',
    deleted_at: expect.stringMatching(/^\d{4}-/) as string,
  });
});

test('asked for several times at once it is gone once', async () => {
  const uuid = await unplaced();
  const answers = await Promise.all(Array.from({ length: 4 }, () => remove(uuid)));
  for (const { status } of answers) {
    expect([204, 404]).toContain(status);
  }
  const where = { subject: uuid, type: 'instance.deleted' };
  expect(await rig.api.database.prisma.event.count({ where })).toBe(1);
  expect(await toldOf(uuid)).toHaveLength(4);
});
