// Messages of a service that is not run any more: the log of compute names them.
import { randomUUID } from 'node:crypto';
import { createLogger } from '@metalcast/log';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { OutboxWatch } from '../../../services/compute/src/monitoring/outbox-watch.js';
import type { Row } from '../db/rows.js';
import { KeptRows } from '../retention/kept-rows.js';

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
const watchOf = (owner: string): OutboxWatch => new OutboxWatch(rows.database, { owner, logger });

const minutes = (count: number): Date => new Date(Date.now() - count * 60_000);

interface Waiting {
  readonly kind: string;
  readonly owner: string;
  readonly writtenAt: Date;
  readonly retryAt?: Date;
}

async function messageWaits({ kind, owner, writtenAt, retryAt }: Waiting): Promise<void> {
  const aggregate = `${kind}:${randomUUID()}`;
  await rows.insert('streams', { aggregate, n: 1, written: 1, owner });
  await rows.insert('outbox', {
    ...{ aggregate, ordinal: 1, kind: 'event', routing_key: 'x', body: '{}' },
    ...{ created_at: writtenAt, retry_at: retryAt ?? null },
  });
}

test('messages that no live process owns are named by kind, with their number and the oldest', async () => {
  const [oldest, later] = [minutes(20), minutes(1)];
  await messageWaits({ kind: 'boot.events', owner: 'dead', writtenAt: later });
  await messageWaits({ kind: 'boot.events', owner: 'dead', writtenAt: oldest });
  await messageWaits({ kind: 'power', owner: 'nobody', writtenAt: minutes(6) });
  await watchOf('a').look();
  expect(log).toMatchObject([
    { level: 'warn', kind: 'boot.events', messages: 2, since: oldest.toISOString() },
    { level: 'warn', kind: 'power', messages: 1 },
  ]);
});

test('those that are new, that a live process owns, or that one tried to send lately are not', async () => {
  const lease = new Date(Date.now() + 60_000);
  await rows.insert('publishers', { owner: 'alive', lease_until: lease });
  await messageWaits({ kind: 'boot.events', owner: 'dead', writtenAt: minutes(4) });
  await messageWaits({ kind: 'power.events', owner: 'alive', writtenAt: minutes(20) });
  const tried = { writtenAt: minutes(20), retryAt: minutes(1) };
  await messageWaits({ kind: 'api.events', owner: 'nobody', ...tried });
  await watchOf('a').look();
  expect(log).toEqual([]);
});

test('one process of all warns in the time between two looks', async () => {
  await messageWaits({ kind: 'boot.events', owner: 'dead', writtenAt: minutes(20) });
  await watchOf('one').look();
  await watchOf('other').look();
  expect(log).toHaveLength(1);
  await rows.query("UPDATE leases SET lease_until = clock_timestamp() - interval '1 s'");
  await watchOf('other').look();
  expect(log).toHaveLength(2);
});
