import { readTurn } from '@metalcast/db/compute';
import { ModelDatabase } from '@metalcast/db/models';
import { startDatabase, waitFor, type TestDatabase } from '@metalcast/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { query } from './query.js';
import { aNode, anInstance, anOperation, insert } from './rows.js';

let server: TestDatabase;
let database: ModelDatabase;
beforeAll(async () => {
  server = await startDatabase();
  database = new ModelDatabase({ url: server.url, poolSize: 4, applicationName: 'test' });
});
afterAll(async () => {
  await database.close();
  await server.close();
});

async function someoneWaits(): Promise<true | undefined> {
  const waiting = await query(
    server.url,
    "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
  );
  return waiting.length > 0 || undefined;
}

test('a node that is released while a turn waits for the operation is not its node any more', async () => {
  const { uuid } = await insert(server.url, 'instances', anInstance());
  const { id } = await insert(server.url, 'operations', anOperation({ instance_uuid: uuid }));
  const operation = String(id);
  const busy = { instance_uuid: uuid, task_state: 'deploy failed', operation_id: operation };
  await insert(server.url, 'nodes', aNode(busy));

  const read = (): ReturnType<typeof readTurn> =>
    database.quickTransaction(({ sql }) => readTurn(sql, { operation }));
  expect(await read()).toMatchObject({ node: { taskState: 'deploy failed' } });
  let waiting: ReturnType<typeof read> | undefined;
  await database.quickTransaction(async ({ sql }) => {
    await readTurn(sql, { operation });
    waiting = read();
    await waitFor(someoneWaits, { timeoutMs: 10_000, what: 'the other turn to wait' });
    await sql.$executeRaw`
      UPDATE nodes SET instance_uuid = NULL, operation_id = NULL, task_state = 'deleted'
       WHERE operation_id = ${operation}::uuid`;
  });
  expect(await waiting).toMatchObject({ operation: { id: operation }, node: undefined });
});
