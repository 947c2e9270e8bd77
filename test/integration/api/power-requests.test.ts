import { randomUUID } from 'node:crypto';
import { requestPower } from '@metalcast/db/api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startApiProcess, type ApiProcess } from './api-process.js';
import { NodeRequests, uuidOf } from './node-requests.js';
import { messageIn } from './server-rig.js';

let api: ApiProcess;
let nodes: NodeRequests;

beforeAll(async () => {
  api = await startApiProcess();
  nodes = new NodeRequests(api);
});
afterAll(() => api.close());

const castsOf = (node: string) =>
  api.database.prisma.outbox.findMany({ where: { aggregate: `power:${node}` } });

/** An operation has the node. */
async function occupy(uuid: string): Promise<string> {
  const operationId = randomUUID();
  await api.database.prisma.node.update({ where: { uuid }, data: { operationId } });
  return operationId;
}

test('a node is named by uuid or name, and each request is one cast', async () => {
  const uuid = uuidOf(await nodes.enrol({ name: 'Switch-1' }));
  for (const key of [uuid, 'switch-1']) {
    expect((await nodes.setPower(key, 'on')).status).toBe(202);
  }
  const casts = await castsOf(uuid);
  expect(casts.map(({ routingKey }) => routingKey)).toEqual(['power', 'power']);
  expect(casts[0]?.body).toContain(uuid);
});

test.each(['4711', 'nobody', '5f0e6c1e-8f4e-4b36-9d3c-00000000dead'])(
  'a node %s that is not there is not found',
  async (key) => {
    expect((await nodes.setPower(key, 'off')).status).toBe(404);
  },
);

test('a node that an operation works on is left alone, also when that began this moment', async () => {
  const uuid = uuidOf(await nodes.enrol());
  const { id, epoch } = await api.database.prisma.node.findUniqueOrThrow({ where: { uuid } });
  const operation = await occupy(uuid);
  const answer = await nodes.setPower(uuid, 'off');
  expect(answer.status).toBe(409);
  expect(messageIn(answer)).toContain(operation);
  const tell = (out: {
    cast: (aggregate: string, message: { routingKey: string; body: string }) => void;
  }) => {
    out.cast(uuid, { routingKey: 'power', body: '{}' });
  };
  expect(await requestPower(api.database, { id, epoch }, tell)).toBe('busy');
  expect(await requestPower(api.database, { id, epoch: epoch + 1 }, tell)).toBe('changed');
  expect(await castsOf(uuid)).toEqual([]);
});

/** As the power service takes a command in, and ends it. */
const command = async (uuid: string, key: string, ended: object) => {
  const { id, epoch } = await api.database.prisma.node.findUniqueOrThrow({ where: { uuid } });
  const about = { key, nodeId: id, epoch, address: '', target: 'on', requestId: 'req-1' };
  return api.database.prisma.powerCommand.create({
    data: { ...about, deadlineAt: new Date(), ...ended },
  });
};

test('the end of a command is shown by its key, and the end of the last one at the node', async () => {
  const uuid = uuidOf(await nodes.enrol({ name: 'ends-1' }));
  expect(await nodes.powerOf(uuid)).toMatchObject({ last_command: null });
  const { body } = await nodes.setPower(uuid, 'on');
  const { key, target } = (body as unknown as { command: { key: string; target: string } }).command;
  expect(target).toBe('on');
  expect((await castsOf(uuid))[0]?.body).toContain(key);
  expect((await nodes.powerCommand(uuid, key)).status).toBe(404);

  const finishedAt = new Date();
  const message = `The BMC 10.7.0.9 of node ${uuid} refused power on: Node sulks`;
  const fault = { code: 'POWER_REFUSED', message, details: {}, retryable: 'other-node' };
  await command(uuid, key, { state: 'failed', fault, finishedAt });
  const end = {
    ...{ key, target: 'on', state: 'failed', finished_at: finishedAt.toISOString() },
    fault: {
      code: 'POWER_REFUSED',
      message: expect.stringMatching(/ends-1.*Node sulks/) as string,
    },
  };
  expect(await nodes.powerCommand('ends-1', key)).toMatchObject({ body: { command: end } });
  expect(await nodes.powerOf(uuid)).toMatchObject({ fault: null, last_command: end });

  await command(uuid, 'later', { state: 'queued' });
  expect(await nodes.powerOf(uuid)).toMatchObject({
    last_command: { key: 'later', state: 'queued', fault: null, finished_at: null },
  });
  const other = uuidOf(await nodes.enrol());
  expect((await nodes.powerCommand(other, key)).status).toBe(404);
});
