// The sweep of a compute process: who sweeps, how long each kind of row is kept, what the log says, and how it ends.
import { createLogger } from '@metalcast/log';
import { waitFor } from '@metalcast/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { RetentionSweep } from '../../../services/compute/src/retention/retention-sweep.js';
import { anInstance, aNode, aPowerCommand, type Row } from '../db/rows.js';
import { days, KeptRows } from './kept-rows.js';

const usual = {
  ...{ keepEventsDays: 30, keepOperationsDays: 30, keepServersDays: 90 },
  ...{ keepNodesDays: 90, keepServicesDays: 7, retentionMinutes: 60 },
};
const timeoutMs = 20_000;

let rows: KeptRows;
let log: Row[];
beforeEach(async () => {
  rows = await KeptRows.start();
  log = [];
});
afterEach(() => rows.close());

const logger = createLogger('test', 'info', {
  write: (line) => log.push(JSON.parse(line) as Row),
});
const sweepOf = (owner: string, config: Partial<typeof usual> = {}): RetentionSweep =>
  new RetentionSweep(rows.database, { owner, logger, config: { ...usual, ...config } });

/** A power command that ended so long ago; of no node. */
const command = (ago: number): Promise<Row> =>
  rows.insert(
    'power_commands',
    aPowerCommand({ state: 'failed', created_at: days(ago), finished_at: days(ago) }),
  );
const commands = async (): Promise<unknown> => (await rows.left('power_commands', 'id')).length;

test('says once what it removed, by table, and nothing when it removed nothing', async () => {
  await command(31);
  await command(31);
  await rows.insert('instances', anInstance({ deleted_at: days(99), expired_at: days(2) }));
  await rows.insert('nodes', aNode({ deleted_at: days(99) }));
  const sweep = sweepOf('a');
  await sweep.sweep();
  await sweep.sweep();
  expect(log).toEqual([
    expect.objectContaining({ removed: { power_commands: 2, instances: 1, nodes: 1 } }),
  ]);
});

test('keeps for ever what is to be kept for 0 days, and for parts of a day', async () => {
  await command(999);
  await sweepOf('a', { keepOperationsDays: 0 }).sweep();
  expect(await commands()).toBe(1);
  await command(0.4);
  await command(0.6);
  await sweepOf('a', { keepOperationsDays: 0.5 }).sweep();
  expect(await commands()).toBe(1);
});

test('one process sweeps, until it stops or is silent for the time between two', async () => {
  const [one, other] = [sweepOf('one'), sweepOf('other')];
  await one.sweep();
  await command(31);
  await other.sweep();
  expect(await commands()).toBe(1);
  await one.stop();
  await other.sweep();
  expect(await commands()).toBe(0);

  await command(31);
  await sweepOf('third').sweep();
  expect(await commands()).toBe(1);
  await rows.query("UPDATE leases SET lease_until = clock_timestamp() - interval '1 s'");
  await sweepOf('third').sweep();
  expect(await commands()).toBe(0);
});

test('sweeps again and again, and ends when it is told to, however long it would rest', async () => {
  const sweep = sweepOf('a', { retentionMinutes: 0.001 });
  await command(31);
  sweep.start();
  await waitFor(async () => (await commands()) === 0, { what: 'the first sweep', timeoutMs });
  await command(31);
  await waitFor(async () => (await commands()) === 0, { what: 'another sweep', timeoutMs });
  await sweep.stop();

  const resting = sweepOf('b', { retentionMinutes: 1440 });
  resting.start();
  await resting.stop();
  expect(await rows.query("SELECT owner FROM leases WHERE name = 'retention'")).toEqual([
    { owner: null },
  ]);
});

test('a table that cannot be swept leaves the others to be swept, and is told of', async () => {
  await command(31);
  await rows.query('ALTER TABLE boots RENAME TO elsewhere');
  await rows.insert('leases', { name: 'dead', lease_until: days(8) });
  await sweepOf('a').sweep();
  const errors = log.filter(({ level }) => level === 'error');
  expect(errors.map(({ rule }) => rule)).toEqual(['boots', 'nodes']);
  expect(await commands()).toBe(0);
  expect(await rows.left('leases', 'name')).toEqual(['retention']);
});
