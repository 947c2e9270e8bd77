// Several processes see one jump of the database's clock, each after a last look of its own: a deadline moves once.
import { moveDeploymentDeadlines } from '@metalcast/db/deploy-helper';
import { ModelDatabase } from '@metalcast/db/models';
import { movePowerDeadlines } from '@metalcast/db/power';
import { OverdueGuard } from '@metalcast/service';
import { startDatabase, type TestDatabase } from '@metalcast/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { query } from './query.js';
import { aDeployment, aNode, aPowerCommand, insert } from './rows.js';

const secondMs = 1000;
const hourMs = 3_600_000;

let server: TestDatabase;
let database: ModelDatabase;
/** The database's time now, which is after the jump. */
let now: number;

beforeEach(async () => {
  server = await startDatabase();
  database = new ModelDatabase({
    ...{ url: server.url, poolSize: 2, applicationName: 'clock-jumps-test' },
  });
  await insert(server.url, 'nodes', aNode({ id: 1 }));
  const [row] = await query(server.url, 'SELECT clock_timestamp() AS now');
  now = (row?.['now'] as Date).getTime();
});
afterEach(async () => {
  await database.close();
  await server.close();
});

const tables = [
  { table: 'power_commands', aRow: aPowerCommand, move: movePowerDeadlines },
  { table: 'deployments', aRow: aDeployment, move: moveDeploymentDeadlines },
] as const;

describe.each(tables)('$table', ({ table, aRow, move }) => {
  /** A process whose last look was so long before the clock jumped by an hour. */
  function sawTheJump(lookedMsBefore: number): OverdueGuard {
    const guard = new OverdueGuard({
      ...{ everyMs: 60 * secondMs, graceMs: 30 * secondMs },
      moveDeadlines: (jump) => move(database, jump),
    });
    guard.tick(new Date(now - hourMs - lookedMsBefore));
    guard.tick(new Date(now - lookedMsBefore));
    return guard;
  }

  const store = (deadline: number): Promise<unknown> =>
    insert(server.url, table, aRow({ state: 'queued', deadline_at: new Date(deadline) }));

  async function deadline(): Promise<number> {
    const [row] = await query(server.url, `SELECT deadline_at FROM ${table}`);
    return (row?.['deadline_at'] as Date).getTime();
  }

  test.each([
    { order: 'the earlier look first', looks: [10, 3] },
    { order: 'the later look first', looks: [3, 10] },
    { order: 'three of them', looks: [10, 3, 1] },
  ])('a deadline between the last looks of two processes moves once: $order', async ({ looks }) => {
    await store(now - hourMs - 5 * secondMs);
    for (const seconds of looks) {
      await sawTheJump(seconds * secondMs).settleJumps();
    }
    const moved = await deadline();
    expect(moved).toBeGreaterThanOrEqual(now);
    expect(moved).toBeLessThan(now + hourMs / 2);
  });

  test('one that the clock had not reached before its jump keeps the time that was left', async () => {
    await store(now - hourMs + 600 * secondMs);
    await sawTheJump(10 * secondMs).settleJumps();
    const moved = await deadline();
    await sawTheJump(3 * secondMs).settleJumps();
    expect(await deadline()).toBe(moved);
    expect(Math.round((moved - now) / secondMs)).toBe(600);
  });
});
