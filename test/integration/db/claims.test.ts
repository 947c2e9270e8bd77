import type { Outgoing } from '@metalcast/db';
import { ModelDatabase } from '@metalcast/db/models';
import { claimNode, type NodeClaim } from '@metalcast/db/scheduler';
import { startDatabase, type TestDatabase } from '@metalcast/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { query } from './query.js';
import { RecordingCarrier } from './recording-carrier.js';
import { aNode, anInstance, anOperation, insert, type Row } from './rows.js';

let server: TestDatabase;
let database: ModelDatabase;
let carrier: RecordingCarrier;

beforeEach(async () => {
  server = await startDatabase();
  database = new ModelDatabase({ url: server.url, poolSize: 6, applicationName: 'claims-test' });
  carrier = new RecordingCarrier();
  database.publishBy(carrier);
});
afterEach(async () => {
  await database.close();
  await server.close();
});

const node = (): Promise<Row> => insert(server.url, 'nodes', aNode());

async function build(row: Row = {}): Promise<{ instance: Row; operation: Row }> {
  const instance = await insert(server.url, 'instances', anInstance());
  const waits = { state: 'waiting', awaiting: 'claim', instance_uuid: instance['uuid'] };
  const operation = await insert(server.url, 'operations', anOperation({ ...waits, ...row }));
  return { instance, operation };
}

const choice = (
  { instance, operation }: { instance: Row; operation: Row },
  of: Row,
): NodeClaim => ({
  operationId: String(operation['id']),
  attempt: 1,
  instanceUuid: String(instance['uuid']),
  nodeId: Number(of['id']),
  version: Number(of['version']),
});

/** One event of the node, one of the instance and a cast in its order. */
const tellOf =
  (of: Row, { instance }: { instance: Row }) =>
  (out: Outgoing): void => {
    const subject = String(instance['uuid']);
    out.emit({
      type: 'node.state',
      subject: String(of['uuid']),
      epoch: 1,
      data: { to: 'building' },
    });
    out.emit({
      type: 'instance.scheduled',
      subject,
      epoch: 1,
      requestId: 'req-1',
      data: { a: [1, 'ä'] },
    });
    out.cast(subject, { routingKey: 'compute', body: '{"b": 1,  "a":2}' });
  };

const state = async (): Promise<unknown> => ({
  nodes: await query(
    server.url,
    'SELECT id, instance_uuid, operation_id, epoch, task_state FROM nodes ORDER BY id',
  ),
  operations: await query(
    server.url,
    'SELECT node_id, epoch, awaiting FROM operations ORDER BY created_at',
  ),
  outbox: (await query(server.url, 'SELECT seq FROM outbox')).length,
  events: (await query(server.url, 'SELECT id FROM events')).length,
});

test('the rows and the messages are committed together', async () => {
  const free = await node();
  const wanted = await build();
  const tell = tellOf(free, wanted);
  const outcome = await claimNode(database, choice(wanted, free), { tell });
  expect(outcome).toEqual({ outcome: 'claimed', epoch: 1, version: 2 });
  const [uuid, id] = [wanted.instance['uuid'], wanted.operation['id']];
  expect(await state()).toEqual({
    nodes: [
      { id: free['id'], instance_uuid: uuid, operation_id: id, epoch: 1, task_state: 'building' },
    ],
    operations: [{ node_id: free['id'], epoch: 1, awaiting: null }],
    outbox: 3,
    events: 2,
  });
  const aggregates = carrier.committed[0]?.map(({ aggregate }) => aggregate).sort();
  expect(aggregates).toEqual(
    [String(free['uuid']), String(uuid), `compute:${String(uuid)}`].sort(),
  );
  expect(carrier.committed).toHaveLength(1);
});

test('messages are as a transaction writes them: numbered, timed, in the order in which they were said', async () => {
  const free = await node();
  const wanted = await build();
  await claimNode(database, choice(wanted, free), { tell: tellOf(free, wanted) });
  await database.transaction(({ out }) => {
    tellOf(free, wanted)(out);
    return Promise.resolve();
  });
  const subject = String(wanted.instance['uuid']);
  const rows = await query(
    server.url,
    `SELECT kind, routing_key, body, o.event_id, n, time, expires_at > clock_timestamp() AS lives
       FROM outbox o LEFT JOIN events e ON e.id = o.event_id WHERE right(aggregate, 36) = $1 ORDER BY o.seq`,
    [subject],
  );
  expect(rows.map(({ kind, n }) => [kind, n])).toEqual([
    ['event', '1'],
    ['cast', null],
    ['event', '2'],
    ['cast', null],
  ]);
  for (const row of rows.filter(({ kind }) => kind === 'event')) {
    expect(JSON.parse(String(row['body']))).toEqual({
      specversion: '1.0',
      id: row['event_id'],
      source: '/metalcast',
      type: 'instance.scheduled',
      subject,
      time: (row['time'] as Date).toISOString(),
      datacontenttype: 'application/json',
      sequence: row['n'],
      epoch: 1,
      requestid: 'req-1',
      data: { a: [1, 'ä'] },
    });
  }
  expect(rows[1]).toMatchObject({ body: '{"b": 1,  "a":2}', routing_key: 'compute', lives: true });
});

test.each([
  { name: 'has changed', change: 'UPDATE nodes SET memory_mb = 1' },
  { name: 'is taken', change: 'UPDATE nodes SET instance_uuid = gen_random_uuid()' },
])('a node that $name is lost, and nothing is told', async ({ change }) => {
  const free = await node();
  const wanted = await build();
  await query(server.url, change);
  const before = await state();
  const outcome = await claimNode(database, choice(wanted, free), { tell: tellOf(free, wanted) });
  expect(outcome).toEqual({ outcome: 'lost' });
  expect(await state()).toEqual(before);
  expect(carrier.committed).toEqual([[]]);
});

test.each([
  { name: 'is being cancelled', row: { cancel_requested: true } },
  { name: 'waits for no node', row: { awaiting: null } },
  { name: 'has come to another try', row: { attempt: 2 } },
])('a build that $name wants no node', async ({ row }) => {
  const free = await node();
  const wanted = await build(row);
  const before = await state();
  for (const guard of [undefined, () => Promise.resolve(true)]) {
    const options = { tell: tellOf(free, wanted), guard };
    expect(await claimNode(database, choice(wanted, free), options)).toEqual({
      outcome: 'not-wanted',
    });
  }
  expect(await state()).toEqual(before);
});

test('a node that many want at once goes to one of them', async () => {
  const free = await node();
  const builds = await Promise.all(Array.from({ length: 6 }, () => build()));
  const outcomes = await Promise.all(
    builds.map((wanted) =>
      claimNode(database, choice(wanted, free), { tell: tellOf(free, wanted) }),
    ),
  );
  const names = outcomes.map(({ outcome }) => outcome);
  expect(names.filter((name) => name === 'claimed')).toHaveLength(1);
  expect(names.filter((name) => name === 'lost')).toHaveLength(5);
  expect(await query(server.url, 'SELECT count(*)::int AS messages FROM outbox')).toEqual([
    { messages: 3 },
  ]);
});

test('a build that is placed by many at once gets one node', async () => {
  const nodes = await Promise.all(Array.from({ length: 6 }, () => node()));
  const wanted = await build();
  const outcomes = await Promise.all(
    nodes.map((free) => claimNode(database, choice(wanted, free), { tell: tellOf(free, wanted) })),
  );
  const names = outcomes.map(({ outcome }) => outcome);
  expect(names.filter((name) => name === 'claimed')).toHaveLength(1);
  expect(names.filter((name) => name === 'not-wanted')).toHaveLength(5);
  const taken = await query(server.url, 'SELECT epoch FROM nodes WHERE instance_uuid IS NOT NULL');
  expect(taken).toEqual([{ epoch: 1 }]);
});

test('a guard is asked between the locks and the claim, and its no is kept', async () => {
  const free = await node();
  const wanted = await build();
  const tell = tellOf(free, wanted);
  const before = await state();
  const no = await claimNode(database, choice(wanted, free), {
    tell,
    guard: () => Promise.resolve(false),
  });
  expect(no).toEqual({ outcome: 'refused' });
  expect(await state()).toEqual(before);
  const locked: unknown[] = [];
  const yes = await claimNode(database, choice(wanted, free), {
    tell,
    async guard() {
      const free = 'SELECT id FROM instances FOR UPDATE SKIP LOCKED';
      locked.push(...(await query(server.url, free)));
      return true;
    },
  });
  expect(yes).toEqual({ outcome: 'claimed', epoch: 1, version: 2 });
  expect(locked).toEqual([]);
});
