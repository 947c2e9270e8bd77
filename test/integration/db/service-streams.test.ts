// The events of several services about one subject: numbered together, published each by its own service.
import { randomUUID } from 'node:crypto';
import { Relay, streamKindsOf } from '@metalcast/db';
import { ModelDatabase } from '@metalcast/db/models';
import type { ServiceName } from '@metalcast/domain';
import { startDatabase, waitFor, type TestDatabase } from '@metalcast/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { query } from './query.js';
import { RecordingPublisher } from './recording-publisher.js';

let server: TestDatabase;
const closers: (() => Promise<void>)[] = [];

beforeEach(async () => {
  server = await startDatabase();
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) {
    await close();
  }
  await server.close();
});

function databaseOf(service: ServiceName): ModelDatabase {
  const url = server.urlOf(service);
  const database = new ModelDatabase({ url, poolSize: 2, applicationName: service, service });
  closers.push(() => database.close());
  return database;
}

function relayOf(service: ServiceName): { relay: Relay; publisher: RecordingPublisher } {
  const publisher = new RecordingPublisher();
  const relay = new Relay({
    url: server.urlOf(service),
    publisher,
    logger: { warn: () => undefined },
    applicationName: `${service}-relay`,
    kinds: [streamKindsOf(service).events],
    sweepMs: 50,
  });
  closers.push(() => relay.close());
  return { relay, publisher };
}

const emit = (database: ModelDatabase, type: string, subject: string): Promise<void> =>
  database.transaction(({ out }) => {
    out.emit({ type, subject, data: {} });
    return Promise.resolve();
  });

interface Published {
  readonly type: string;
  readonly sequence: string;
  readonly time: string;
}
const publishedBy = (publisher: RecordingPublisher): Published[] =>
  publisher.bodies().map((body) => JSON.parse(body) as Published);

const outboxEmpty = (): Promise<unknown> =>
  waitFor(async () => (await query(server.url, 'SELECT 1 FROM outbox')).length === 0, {
    timeoutMs: 20_000,
    what: 'the outbox to be empty',
  });

test('are numbered without gaps in the order of their commits, whichever service publishes them', async () => {
  const subject = randomUUID();
  const [power, boot] = [relayOf('power'), relayOf('boot')];
  const [asPower, asBoot] = [databaseOf('power'), databaseOf('boot')];
  asPower.publishBy(power.relay);
  asBoot.publishBy(boot.relay);
  for (let round = 0; round < 3; round += 1) {
    await emit(asPower, 'node.power.changed', subject);
    await emit(asBoot, 'boot.dhcp', subject);
  }
  await outboxEmpty();
  const rows = await query(server.url, 'SELECT type, n::text AS sequence FROM events ORDER BY n');
  expect(rows).toEqual(
    ['1', '2', '3', '4', '5', '6'].map((sequence) => ({
      type: Number(sequence) % 2 === 1 ? 'node.power.changed' : 'boot.dhcp',
      sequence,
    })),
  );
  const of = (type: string) => rows.filter((row) => row['type'] === type);
  expect(publishedBy(power.publisher)).toMatchObject(of('node.power.changed'));
  expect(publishedBy(boot.publisher)).toMatchObject(of('boot.dhcp'));
});

test('what a process left is published by its own service alone, as it was written', async () => {
  const subject = randomUUID();
  const boot = relayOf('boot');
  await emit(databaseOf('power'), 'node.power.changed', subject);
  await emit(databaseOf('boot'), 'boot.dhcp', subject);
  await waitFor(() => boot.publisher.published.length > 0, {
    timeoutMs: 20_000,
    what: "boot's event",
  });
  expect(await query(server.url, 'SELECT aggregate FROM outbox')).toEqual([
    { aggregate: `power.events:${subject}` },
  ]);
  const power = relayOf('power');
  await outboxEmpty();
  expect(publishedBy(boot.publisher)).toMatchObject([{ type: 'boot.dhcp', sequence: '2' }]);
  expect(publishedBy(power.publisher)).toMatchObject([
    { type: 'node.power.changed', sequence: '1' },
  ]);
});
