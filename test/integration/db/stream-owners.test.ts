import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Outgoing, Relay, type OutgoingMessage } from '@metalcast/db';
import { ModelDatabase } from '@metalcast/db/models';
import { startDatabase, waitFor, type TestDatabase } from '@metalcast/testing';
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { OwnerProcess } from './owner-process.js';
import { query } from './query.js';
import { RecordingPublisher, type Verdict } from './recording-publisher.js';

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

interface Process {
  readonly database: ModelDatabase;
  readonly relay: Relay;
  readonly publisher: RecordingPublisher;
}

/** What a service has: a database whose messages its relay publishes. */
function startProcess(sweepMs = 100): Process {
  const database = new ModelDatabase({ url: server.url, poolSize: 4, applicationName: 'writer' });
  const publisher = new RecordingPublisher();
  const relay = new Relay({
    url: server.url,
    publisher,
    logger: { warn: () => undefined },
    applicationName: 'relay-under-test',
    sweepMs,
  });
  database.publishBy(relay);
  closers.push(
    () => database.close(),
    () => relay.close(),
  );
  return { database, relay, publisher };
}

function startOwner(): OwnerProcess {
  const owner = new OwnerProcess(server.url);
  closers.push(() => owner.end());
  return owner;
}

const emit = (
  { database }: { database: ModelDatabase },
  subject: string,
  mark: number,
): Promise<void> =>
  database.transaction(({ out }) => {
    out.emit({ type: 'test.happened', subject, data: { mark } });
    return Promise.resolve();
  });

interface Event {
  readonly id: string;
  readonly sequence: string;
  readonly data: { readonly mark: number };
}
const eventsOf = (bodies: readonly string[]): Event[] =>
  bodies.map((body) => JSON.parse(body) as Event);
const marksOf = (bodies: readonly string[]): number[] =>
  eventsOf(bodies).map(({ data }) => data.mark);
const idsOf = (bodies: readonly string[]): string[] =>
  eventsOf(bodies).map(({ id, sequence }) => `${id} ${sequence}`);

const publishedOf = ({ publisher }: Process, subject: string): number[] =>
  marksOf(publisher.bodies().filter((body) => body.includes(subject)));

const outbox = (): Promise<Record<string, unknown>[]> =>
  query(server.url, 'SELECT * FROM outbox ORDER BY seq');
const outboxEmpty = (): Promise<unknown> =>
  waitFor(async () => (await outbox()).length === 0, {
    timeoutMs: 30_000,
    what: 'the outbox to be empty',
  });
const until = (what: string, condition: () => boolean): Promise<unknown> =>
  waitFor(() => Promise.resolve(condition()), { timeoutMs: 20_000, what });
const count = (n: number): number[] => Array.from({ length: n }, (_, index) => index + 1);

/** Holds the stream as a writer does that has not committed yet. */
async function lockStream(aggregate: string): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  await client.query('BEGIN');
  await client.query('SELECT FROM streams WHERE aggregate = $1 FOR UPDATE', [aggregate]);
  return () => client.end();
}

test('what is published from memory is what the outbox has', async () => {
  const writer = startProcess();
  const subject = randomUUID();
  let confirm: (verdict: Verdict) => void = () => undefined;
  writer.publisher.judge = ({ body }) =>
    body.includes('"last"') ? new Promise((resolve) => (confirm = resolve)) : 'confirmed';
  await emit(writer, subject, 0);
  await outboxEmpty();
  await writer.database.transaction(({ out }) => {
    out.emit({ type: 'a', subject, epoch: 3, requestId: 'req-1', data: { ä: [1, null, 'x"'] } });
    out.cast(subject, { routingKey: 'topic', body: '{ }', expiresAfterMs: 60_000 });
    out.emit({ type: 'b', subject, data: {} });
    out.emit({ type: 'last', subject, data: {} });
    return Promise.resolve();
  });
  await until('the last', () => writer.publisher.attempts.length === 5);
  const held = new Map((await outbox()).map((row) => [Number(row['ordinal']), row]));
  const events = await query(server.url, 'SELECT id, n, "time" FROM events ORDER BY n');
  const published = (type: string): OutgoingMessage =>
    writer.publisher.published.find(({ routingKey }) => routingKey === type)!;
  const [first, cast, second] = [published('a'), published('topic'), published('b')];
  expect([...held.keys()].at(-1)).toBe(4);
  expect(JSON.parse(first.body)).toEqual({
    ...{ specversion: '1.0', source: '/metalcast', datacontenttype: 'application/json' },
    ...{ type: 'a', subject, epoch: 3, requestid: 'req-1', data: { ä: [1, null, 'x"'] } },
    ...{ id: events[1]?.['id'], sequence: '2', time: (events[1]?.['time'] as Date).toISOString() },
  });
  expect(JSON.parse(second.body)).toMatchObject({ type: 'b', sequence: '3' });
  expect(cast).toMatchObject({ kind: 'cast', routingKey: 'topic', body: '{ }' });
  expect(cast.expiresInMs).toBeGreaterThan(50_000);
  expect(cast.expiresInMs).toBeLessThanOrEqual(60_000);
  confirm('confirmed');
  await outboxEmpty();
});

test('who writes to a stream that another owns leaves the publishing to the owner', async () => {
  const [owner, other] = [startProcess(), startProcess()];
  const subject = randomUUID();
  let confirm: (verdict: Verdict) => void = () => undefined;
  owner.publisher.judge = () =>
    owner.publisher.published.length === 0
      ? new Promise((resolve) => (confirm = resolve))
      : 'confirmed';
  await emit(owner, subject, 1);
  await emit(other, subject, 2);
  await emit(owner, subject, 3);
  await emit(other, subject, 4);
  await delay(300);
  expect(owner.publisher.attempts).toHaveLength(1);
  confirm('confirmed');
  await outboxEmpty();
  expect(marksOf(owner.publisher.bodies())).toEqual([1, 2, 3, 4]);
  expect(other.publisher.attempts).toEqual([]);
  expect(await query(server.url, 'SELECT 1 FROM streams WHERE owner IS NOT NULL')).toEqual([]);
});

test('what a killed owner left is published by another, in order', async () => {
  const owner = startOwner();
  const subject = randomUUID();
  for (const mark of count(3)) {
    await owner.emit(subject, mark);
  }
  await until('the first to be on its way', () => owner.published.length === 1);
  owner.signal('SIGKILL');
  const other = startProcess();
  await emit(other, subject, 4);
  await outboxEmpty();
  expect(marksOf(other.publisher.bodies())).toEqual([1, 2, 3, 4]);
  expect(idsOf(other.publisher.bodies())[0]).toBe(idsOf(owner.published)[0]);
});

test('what was confirmed and not settled is published again with the same ids and numbers', async () => {
  const owner = startOwner();
  const subject = randomUUID();
  await owner.emit(subject, 1);
  await until('the first to be on its way', () => owner.published.length === 1);
  const unlock = await lockStream(subject);
  owner.confirm(true);
  await until('it to be confirmed', () => owner.confirmed.length === 1);
  await delay(200);
  owner.signal('SIGKILL');
  await unlock();
  expect(await outbox()).toHaveLength(1);
  const other = startProcess();
  await emit(other, subject, 2);
  await outboxEmpty();
  expect(marksOf(other.publisher.bodies())).toEqual([1, 2]);
  expect(idsOf(other.publisher.bodies())[0]).toBe(idsOf(owner.confirmed)[0]);
});

test('an owner that was paused for longer than its lease publishes nothing more of what it owned, and goes on', async () => {
  const owner = startOwner();
  const [subject, elsewhere] = [randomUUID(), randomUUID()];
  for (const mark of count(3)) {
    await owner.emit(subject, mark);
  }
  await until('the first to be on its way', () => owner.published.length === 1);
  owner.signal('SIGSTOP');
  const other = startProcess();
  await outboxEmpty();
  expect(marksOf(other.publisher.bodies())).toEqual([1, 2, 3]);
  owner.signal('SIGCONT');
  owner.confirm(true);
  await owner.emit(elsewhere, 4);
  await owner.emit(subject, 5);
  await outboxEmpty();
  expect(marksOf(owner.published)).toEqual([1, 4, 5]);
  expect(other.publisher.published).toHaveLength(3);
  const [last] = eventsOf(owner.published).slice(-1);
  expect(last?.sequence).toBe('4');
});

test('two that publish the same stream after a jump of the database’s clock lose nothing, and every message comes after the one before', async () => {
  const subject = randomUUID();
  const sent: number[] = [];
  const note = ({ body }: OutgoingMessage): number => {
    const [mark = 0] = marksOf([body]);
    sent.push(mark);
    return mark;
  };
  // It takes no look of its own in the test: by its own clock it holds its lease.
  const owner = startProcess(60_000);
  let confirm: (verdict: Verdict) => void = () => undefined;
  owner.publisher.judge = (message) =>
    note(message) === 3 ? new Promise((resolve) => (confirm = resolve)) : 'confirmed';
  for (const mark of count(6)) {
    await emit(owner, subject, mark);
  }
  await until('the third to be on its way', () => sent.includes(3));
  await query(
    server.url,
    "UPDATE publishers SET lease_until = clock_timestamp() - interval '1 second'",
  );
  const other = startProcess();
  let confirmOther: (verdict: Verdict) => void = () => undefined;
  other.publisher.judge = (message) =>
    note(message) === 4 ? new Promise((resolve) => (confirmOther = resolve)) : 'confirmed';
  await until('the other to be in the middle too', () => sent.includes(4));
  confirm('confirmed');
  await until('the first owner to go on', () => sent.includes(6));
  expect(publishedOf(owner, subject).at(-1)).toBe(6);
  await emit(owner, subject, 7);
  confirmOther('confirmed');
  await outboxEmpty();
  const first = [...new Set(sent)];
  expect(first).toEqual(count(7));
});

test('messages whose commit was not answered are found', async () => {
  const writer = startProcess();
  const subject = randomUUID();
  await emit(writer, randomUUID(), 1);
  const out = new Outgoing();
  out.emit({ type: 'test.happened', subject, data: { mark: 2 } });
  const write = await writer.relay.begin(out);
  const unknowing = new ModelDatabase({ url: server.url, poolSize: 1, applicationName: 'writer' });
  closers.push(() => unknowing.close());
  unknowing.publishBy({
    begin: () =>
      Promise.resolve({
        owner: write.owner,
        committed: () => undefined,
        failed: () => undefined,
      }),
  });
  await emit({ database: unknowing }, subject, 2);
  await delay(300);
  expect(await outbox()).toHaveLength(1);
  write.failed({ perhapsCommitted: true });
  // It goes on, so that its lease does not end by itself.
  await waitFor(
    async () => {
      await emit(writer, randomUUID(), 0);
      return publishedOf(writer, subject).length > 0;
    },
    { timeoutMs: 15_000, what: 'the unknown message' },
  );
  await emit(writer, subject, 3);
  await outboxEmpty();
  expect(publishedOf(writer, subject)).toEqual([2, 3]);
});

test('closing leaves nothing in its name', async () => {
  const writer = startProcess(60_000);
  for (const mark of count(20)) {
    await emit(writer, randomUUID(), mark);
  }
  await writer.relay.close();
  expect(writer.publisher.published).toHaveLength(20);
  expect(await outbox()).toEqual([]);
  expect(await query(server.url, 'SELECT * FROM publishers')).toEqual([]);
  expect(await query(server.url, 'SELECT 1 FROM streams WHERE owner IS NOT NULL')).toEqual([]);
});

test('processes that write to each other’s streams in every order never wait for each other in a circle', async () => {
  const processes = count(3).map(() => startProcess());
  const subjects = count(6).map(() => randomUUID());
  await Promise.all(
    processes.flatMap((writer, who) =>
      count(4).map(async (lane) => {
        for (const mark of count(15)) {
          await writer.database.transaction(({ out }) => {
            for (const step of count(4)) {
              const subject = subjects[(who + lane + mark + step * (lane % 2 === 0 ? 5 : 1)) % 6];
              out.emit({ type: 'test.happened', subject: subject ?? '', data: { mark } });
            }
            return Promise.resolve();
          });
        }
      }),
    ),
  );
  await outboxEmpty();
  const published = processes.flatMap(({ publisher }) => publisher.bodies());
  expect(new Set(idsOf(published)).size).toBe(3 * 4 * 15 * 4);
  expect(published).toHaveLength(3 * 4 * 15 * 4);
  const [{ deadlocks } = {}] = await query(
    server.url,
    'SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database()',
  );
  expect(deadlocks).toBe(0);
});

test('what a process of the release before writes and takes away does no harm to the order', async () => {
  const subject = randomUUID();
  const writeAsBefore = (body: string): Promise<unknown> =>
    query(
      server.url,
      `WITH stream AS (
         INSERT INTO streams (aggregate, n) VALUES ($1, 0)
         ON CONFLICT (aggregate) DO UPDATE SET n = streams.n + excluded.n RETURNING aggregate
       ) INSERT INTO outbox (aggregate, kind, routing_key, body)
         SELECT aggregate, 'cast', 'topic', $2 || place FROM stream, generate_series(1, 2) AS place`,
      [`topic:${subject}`, body],
    );
  await writeAsBefore('a');
  expect((await outbox()).map((row) => [row['body'], row['ordinal']])).toEqual([
    ['a1', '1'],
    ['a2', '2'],
  ]);
  await query(server.url, "DELETE FROM outbox WHERE body = 'a1'");
  const writer = startProcess();
  await writer.database.transaction(({ out }) => {
    out.cast(subject, { routingKey: 'topic', body: 'b' });
    return Promise.resolve();
  });
  await outboxEmpty();
  await writeAsBefore('c');
  await outboxEmpty();
  expect(writer.publisher.bodies()).toEqual(['a2', 'b', 'c1', 'c2']);
  await writeAsBefore('d');
  await query(server.url, 'DELETE FROM outbox');
  await writer.database.transaction(({ out }) => {
    out.cast(subject, { routingKey: 'topic', body: 'e' });
    return Promise.resolve();
  });
  await outboxEmpty();
  expect(writer.publisher.bodies().at(-1)).toBe('e');
});
