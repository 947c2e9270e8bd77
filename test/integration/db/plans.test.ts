// Tables that grow without end: what is looked up in them by a request is found by an index.
import { randomUUID } from 'node:crypto';
import { startDatabase, type TestDatabase } from '@metalcast/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { query } from './query.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await startDatabase();
});
afterAll(() => database.close());

/** The plan of a large table, though this one is empty: a scan of it all only where there is no other way. */
async function planOf(statement: string, values: unknown[]): Promise<string> {
  const url = new URL(database.url);
  url.searchParams.set('options', '-c enable_seqscan=off');
  const rows = await query(url.href, `EXPLAIN ${statement}`, values);
  return rows.map((row) => String(row['QUERY PLAN'])).join('\n');
}

test('the operations of a server, ended ones too', async () => {
  const plan = await planOf('SELECT * FROM operations WHERE instance_uuid = $1', [randomUUID()]);
  expect(plan).toContain('operations_instance_uuid_idx');
});

test.each([
  ['nodes WHERE operation_id = $1', randomUUID(), 'nodes_by_operation'],
  ['ports WHERE reserved_for = $1', 1, 'ports_by_reservation'],
])('what retention asks before it removes anything: %s', async (where, value, index) => {
  expect(await planOf(`SELECT FROM ${where}`, [value])).toContain(index);
});
