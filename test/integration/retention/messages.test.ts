// Events, streams and leases.
import { randomUUID } from 'node:crypto';
import { operationState } from '@metalcast/domain';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { anInstance, aNode, anOperation, type Row } from '../db/rows.js';
import { days, KeptRows } from './kept-rows.js';

let rows: KeptRows;
beforeEach(async () => {
  rows = await KeptRows.start();
});
afterEach(() => rows.close());

let positions = 0;
const event = (subject: unknown, at: Date, row: Row = {}): Promise<Row> => {
  positions += 1;
  return rows.insert('events', {
    ...{ id: randomUUID(), type: 'node.changed', subject, n: positions, data: {} },
    ...{ time: at, pos: positions, ...row },
  });
};
const uuidOf = async (table: string, row: Row): Promise<unknown> =>
  (await rows.insert(table, row))['uuid'];

test('old events go, page by page; who reads them by their numbers goes on', async () => {
  const subject = await uuidOf('nodes', aNode());
  await rows.query(
    `INSERT INTO events (id, type, subject, n, data, pos, "time")
     SELECT gen_random_uuid(), 'node.changed', $1, n, '{}', n, clock_timestamp() - interval '31 days' FROM generate_series(1, 1200) n`,
    [subject],
  );
  positions = 1200;
  await event(subject, days(29));
  expect(await rows.sweep('events')).toEqual({ events: 1200, pages: 3 });
  expect(await rows.left('events', 'n::int')).toEqual([1201]);
});

test('an event stays without a position, with messages that wait, or of what is under way', async () => {
  const [idle, told, built, worked, owned] = [
    await uuidOf('nodes', aNode()),
    await uuidOf('nodes', aNode()),
    await uuidOf('instances', anInstance()),
    ...(await Promise.all([0, 1].map(() => rows.insert('nodes', aNode())))),
  ];
  await rows.query('UPDATE nodes SET instance_uuid = $1 WHERE id = $2', [built, owned?.['id']]);
  await rows.insert('operations', anOperation({ instance_uuid: built }));
  await rows.insert('operations', anOperation({ node_id: worked?.['id'] }));
  await rows.insert('outbox', {
    ...{ aggregate: told, ordinal: 1, kind: 'event', routing_key: 'x', body: '{}' },
  });
  await event(idle, days(31));
  await event(idle, days(31), { pos: null });
  for (const subject of [told, built, worked?.['uuid'], owned?.['uuid']]) {
    await event(subject, days(31));
  }
  expect(await rows.sweep('events')).toMatchObject({ events: 1 });
  expect(await rows.left('events', 'count(*)::int')).toEqual([5]);
  await rows.query(`UPDATE operations SET state = '${operationState.failed}', deadline_at = NULL`);
  expect(await rows.sweep('events')).toMatchObject({ events: 3 });
});

test('a stream goes with all that it numbers; every other one stays', async () => {
  const stream = (aggregate: unknown, row: Row = {}): Promise<Row> =>
    rows.insert('streams', { aggregate, n: 3, written: 3, sent: 3, ...row });
  const gone = randomUUID();
  await stream(gone);
  await stream(`notifications:${gone}`);
  await stream(`deploy_helper:${gone}`);
  await stream(`deploy-helper.events:${gone}`);
  const [server, node] = [
    await uuidOf('instances', anInstance({ deleted_at: days(99) })),
    await uuidOf('nodes', aNode({ deleted_at: days(99) })),
  ];
  const aggregate = await uuidOf('aggregates', { uuid: randomUUID(), name: 'rack' });
  const [eventful, owned, unsent, told] = [0, 1, 2, 3].map(() => randomUUID());
  await event(eventful, days(99));
  await rows.insert('outbox', {
    ...{
      aggregate: `boot.events:${told}`,
      ordinal: 4,
      kind: 'event',
      routing_key: 'x',
      body: '{}',
    },
  });
  await stream(owned, { owner: 'somebody' });
  await stream(unsent, { written: 4 });
  const others = [server, `notifications:${String(server)}`, node, aggregate, eventful, told];
  for (const other of [...others, 'no uuid']) {
    await stream(other);
  }
  expect(await rows.sweep('streams')).toEqual({ streams: 4, pages: 1 });
  expect(new Set(await rows.left('streams', 'aggregate'))).toEqual(
    new Set([...others, owned, unsent, 'no uuid', '*']),
  );
});

test('a lease goes that nobody has renewed for long', async () => {
  await rows.insert('leases', { name: 'dead', lease_until: days(8) });
  await rows.insert('leases', { name: 'expired', lease_until: days(6) });
  await rows.insert('leases', { name: 'free', lease_until: null });
  expect(await rows.sweep('leases', 7)).toEqual({ leases: 1, pages: 1 });
  expect(await rows.left('leases', 'name')).toEqual(['expired', 'free']);
});
