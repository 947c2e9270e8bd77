import { randomUUID } from 'node:crypto';
import { operations } from '@metalcast/domain';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addMember } from './api-process.js';
import { statementsOf } from '../statements.js';
import { messageIn, startServerRig, type Seen, type ServerRig } from './server-rig.js';

let rig: ServerRig;

beforeAll(async () => {
  rig = await startServerRig();
});
afterAll(() => rig.close());

const listed = async (query: string, token = rig.api.admin): Promise<Seen[]> => {
  const { body } = await rig.compute('GET', `servers/detail?${query}`, undefined, { token });
  return (body as unknown as { servers: Seen[] }).servers;
};

test.each<[object, number]>([
  [{}, 1],
  [{ min_count: 2 }, 2],
  [{ max_count: 3 }, 3],
  [{ min_count: '2', max_count: '3' }, 3],
])('%j: as many as the most, each with its name, operation and message', async (counts, count) => {
  const asked = await rig.ask({ name: 'Web', ...counts, return_reservation_id: true });
  expect(asked.status).toBe(202);
  const { reservation_id: reservation } = asked.body as unknown as { reservation_id: string };
  expect(reservation).toMatch(/^r-[a-z0-9]{8}$/);
  const rows = await rig.api.database.prisma.instance.findMany({
    where: { reservationId: reservation },
    include: { operations: true },
    orderBy: { launchIndex: 'asc' },
  });
  const names = count === 1 ? ['Web'] : rows.map(({ uuid: id }) => `Web-${id}`);
  expect(rows.map(({ displayName }) => displayName)).toEqual(names);
  expect(rows.map(({ hostname }) => hostname)).toEqual(names.map((name) => name.toLowerCase()));
  expect(rows.map(({ launchIndex }) => launchIndex)).toEqual(names.map((_, index) => index));
  expect(rows.map(({ operations }) => operations.map(({ kind }) => kind))).toEqual(
    names.map(() => ['build']),
  );
  const casts = await rig.api.database.prisma.outbox.findMany({
    where: { aggregate: { in: rows.map(({ uuid }) => `scheduler:${uuid}`) } },
  });
  expect(casts.map(({ routingKey }) => routingKey)).toEqual(names.map(() => 'scheduler'));
});

test('a thousand take as many statements as one: four reads and one that writes all', async () => {
  const { prisma } = rig.api.database;
  const asking = (max_count: number) => async () => {
    const asked = await rig.ask({ name: 'Web', max_count, user_data: 'eA==' });
    expect(asked.status).toBe(202);
  };
  await asking(1)();
  const one = await statementsOf(asking(1));
  expect(one).toHaveLength(5);
  const before = { instances: await prisma.instance.count(), outbox: await prisma.outbox.count() };
  expect(await statementsOf(asking(1000))).toEqual(one);
  expect(await prisma.instance.count()).toBe(before.instances + 1000);
  expect(await prisma.outbox.count()).toBe(before.outbox + 2000);
});

test('each build waits for its claim, at its first step, as its server is told of', async () => {
  const uuid = await rig.server({ name: 'one' });
  const { prisma } = rig.api.database;
  const { createdAt, ...build } = await prisma.operation.findFirstOrThrow({
    where: { instanceUuid: uuid },
    include: { steps: true },
  });
  const { version: plan, starts: firstStep } = operations.build;
  expect(build).toMatchObject({
    ...{ kind: 'build', plan, state: 'waiting', awaiting: 'claim', step: firstStep },
    ...{ attempt: 1, stepAttempt: 1, cancelRequested: false },
    steps: [{ step: firstStep, attempt: 1, undo: false, finishedAt: null }],
  });
  const patience = build.deadlineAt!.getTime() - createdAt.getTime();
  expect(Math.abs(patience - 10_000)).toBeLessThan(1000);
  const [event] = await prisma.event.findMany({ where: { subject: uuid } });
  expect(event).toMatchObject({ type: 'instance.created', n: 1n, requestId: build.requestId });
});

test('without a wish for it the answer is the first server; the list finds its reservation', async () => {
  const first = await rig.server({ name: 'many', max_count: 3 });
  await rig.server({ name: 'other' });
  const { displayName, reservationId } = await rig.api.database.prisma.instance.findUniqueOrThrow({
    where: { uuid: first },
  });
  expect(displayName).toBe(`many-${first}`);
  const found = await listed(`reservation_id=${reservationId}`);
  expect(found.map(({ name }) => name)).toEqual(found.map(({ id }) => `many-${id}`));
  expect(found.map(({ id }) => id).indexOf(first)).toBe(2);
  expect(await listed('reservation_id=r-nothing0')).toEqual([]);
  const stranger = await addMember(rig.api, 'bob');
  expect(await listed(`reservation_id=${reservationId}`, stranger)).toEqual([]);
});

const uuid = randomUUID();
test.each<[string, object, RegExp]>([
  ['min > max', { min_count: 3, max_count: 2 }, /^min_count must be <= max_count$/],
  ['none', { min_count: 0 }, /min_count/],
  ['no number', { max_count: 'many' }, /max_count/],
  [
    'too many',
    { max_count: 1001 },
    /^1001 servers are asked for in one request; at most 1000 can be/,
  ],
  ['one port for two', { max_count: 2, networks: [{ port: uuid }] }, /single configured port ID/],
  [
    'one address for two',
    { min_count: 2, networks: [{ uuid, fixed_ip: '10.0.0.9' }] },
    /cannot be greater than 1 if an fixed_ip/,
  ],
])('%s is a 400, and no server is made', async (_, counts, message) => {
  const { instance } = rig.api.database.prisma;
  const before = await instance.count();
  const answer = await rig.ask(counts);
  expect(answer.status).toBe(400);
  expect(messageIn(answer)).toMatch(message);
  expect(await instance.count()).toBe(before);
});
