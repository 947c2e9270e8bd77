import { randomUUID } from 'node:crypto';
import { Relay, type RelayOptions } from '@metalcast/db';
import { ModelDatabase } from '@metalcast/db/models';
import { startDatabase, waitFor, type TestDatabase } from '@metalcast/testing';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { query } from './query.js';
import { RecordingPublisher, type Verdict } from './recording-publisher.js';

let server: TestDatabase;
let database: ModelDatabase;
let publisher: RecordingPublisher;
const relays: Relay[] = [];
const warnings: string[] = [];

beforeEach(async () => {
  server = await startDatabase();
  database = new ModelDatabase({ url: server.url, poolSize: 8, applicationName: 'test' });
  publisher = new RecordingPublisher();
  warnings.length = 0;
});
afterEach(async () => {
  await Promise.all(relays.splice(0).map((relay) => relay.close()));
  await database.close();
  await server.close();
});

function startRelay(options: Partial<RelayOptions> = {}): Relay {
  const relay = new Relay({
    url: server.url,
    publisher,
    logger: { warn: (_, message) => warnings.push(message) },
    applicationName: 'relay-under-test',
    sweepMs: 100,
    ...options,
  });
  relays.push(relay);
  return relay;
}

const cast = (aggregate: string, body: string, expiresAfterMs?: number): Promise<void> =>
  database.transaction(({ out }) => {
    out.cast(aggregate, {
      routingKey: 'topic',
      body,
      ...(expiresAfterMs === undefined ? {} : { expiresAfterMs }),
    });
    return Promise.resolve();
  });

const notify = (instance: string, body: string, expiresAfterMs = 600_000): Promise<void> =>
  database.transaction(({ out }) => {
    out.notify(instance, { routingKey: 'notifications.info', body, expiresAfterMs });
    return Promise.resolve();
  });

const emit = (subject: string, mark: number, writer = database): Promise<void> =>
  writer.transaction(({ out }) => {
    out.emit({ type: 'test.happened', subject, data: { mark } });
    return Promise.resolve();
  });

const left = async (): Promise<number> => (await query(server.url, 'SELECT 1 FROM outbox')).length;
const outboxEmpty = (timeoutMs = 30_000): Promise<unknown> =>
  waitFor(async () => ((await left()) === 0 ? true : undefined), {
    timeoutMs,
    what: 'the outbox to be empty',
  });

/** All events, once they have their positions. */
const positions = (expected: number): Promise<Record<string, unknown>[]> =>
  waitFor(
    async () => {
      const rows = await query(
        server.url,
        'SELECT subject, n, pos FROM events WHERE pos IS NOT NULL ORDER BY pos',
      );
      return rows.length === expected ? rows : undefined;
    },
    { timeoutMs: 10_000, what: 'all events to have a position' },
  );

interface CloudEvent {
  readonly subject: string;
  readonly sequence: string;
}
const events = (): CloudEvent[] =>
  publisher.published
    .filter(({ kind }) => kind === 'event')
    .map(({ body }) => JSON.parse(body) as CloudEvent);
const sequencesOf = (subject: string): number[] =>
  events()
    .filter((event) => event.subject === subject)
    .map(({ sequence }) => Number(sequence));

const count = (n: number): number[] => Array.from({ length: n }, (_, index) => index + 1);
const withoutRepeats = (numbers: number[]): number[] => [...new Set(numbers)];
test('several writers, three relays: each aggregate in the order of its commits', async () => {
  const subjects = [randomUUID(), randomUUID(), randomUUID()];
  const running = count(3).map(() => startRelay());
  publisher.judge = async (): Promise<Verdict> => {
    await new Promise((resolve) => setImmediate(resolve));
    return 'confirmed';
  };
  const writers = running.map((relay) => {
    const writer = new ModelDatabase({ url: server.url, poolSize: 4, applicationName: 'writer' });
    writer.publishBy(relay);
    return writer;
  });
  await Promise.all(
    count(6).map(async (writer) => {
      for (const mark of count(10)) {
        await emit(subjects[(writer + mark) % 3] ?? '', mark, writers[writer % 3]);
      }
    }),
  );
  await outboxEmpty();
  await Promise.all(writers.map((writer) => writer.close()));
  for (const subject of subjects) {
    expect(sequencesOf(subject)).toEqual(count(20));
  }
  const rows = await positions(60);
  expect(rows.map(({ pos }) => Number(pos))).toEqual(count(60));
  for (const subject of subjects) {
    expect(rows.filter((row) => row['subject'] === subject).map(({ n }) => Number(n))).toEqual(
      count(20),
    );
  }
  expect(warnings).toEqual([]);
});

test('positions have no holes and never appear behind one already seen', async () => {
  const subjects = count(4).map(() => randomUUID());
  count(3).forEach(() => startRelay({ sweepMs: 20 }));
  const seen: number[] = [];
  const watching = waitFor(
    async () => {
      const rows = await query(server.url, 'SELECT pos FROM events WHERE pos > $1 ORDER BY pos', [
        seen.at(-1) ?? 0,
      ]);
      seen.push(...rows.map(({ pos }) => Number(pos)));
      return seen.length === 80 ? true : undefined;
    },
    { timeoutMs: 30_000, what: 'all events to have a position', everyMs: 5 },
  );
  await Promise.all(
    subjects.map(async (subject) => {
      for (const mark of count(20)) {
        await emit(subject, mark);
      }
    }),
  );
  await watching;
  expect(seen).toEqual(count(80));
});

test('casts to one topic keep their order, and none of them waits for events', async () => {
  const subject = randomUUID();
  await database.transaction(({ out }) => {
    out.cast(subject, { routingKey: 'topic', body: 'first' });
    out.emit({ type: 'test.happened', subject, data: {} });
    out.cast(subject, { routingKey: 'topic', body: 'third' });
    return Promise.resolve();
  });
  let away = true;
  publisher.judge = ({ kind }) =>
    kind === 'event' && away ? new Error('no events now') : 'confirmed';
  startRelay();
  await waitFor(() => publisher.published.length === 2, { timeoutMs: 10_000, what: 'the casts' });
  expect(publisher.bodies()).toEqual(['first', 'third']);
  away = false;
  await outboxEmpty();
  expect(publisher.published.map(({ kind }) => kind)).toEqual(['cast', 'cast', 'event']);
});

test('notifications keep their order, and nothing else of the instance waits for them', async () => {
  const instance = randomUUID();
  let away = true;
  publisher.judge = ({ kind }) =>
    kind === 'notification' && away ? new Error('a listener is in the way') : 'confirmed';
  await notify(instance, 'one');
  await cast(instance, 'a cast');
  await notify(instance, 'two');
  startRelay();
  await waitFor(() => Promise.resolve(publisher.bodies().includes('a cast')), {
    timeoutMs: 10_000,
    what: 'the cast',
  });
  expect(publisher.bodies()).toEqual(['a cast']);
  away = false;
  await outboxEmpty();
  expect(publisher.bodies()).toEqual(['a cast', 'one', 'two']);
  expect(publisher.buried).toEqual([]);
});

test('what a relay that hangs had in hand is published by another', async () => {
  const hung = new RecordingPublisher();
  let release: (verdict: Verdict) => void = () => undefined;
  hung.judge = () => new Promise((resolve) => (release = resolve));
  await cast('node-1', 'first');
  startRelay({ publisher: hung });
  await waitFor(() => Promise.resolve(hung.attempts.length > 0), {
    timeoutMs: 10_000,
    what: 'the first relay to hang',
  });
  await cast('node-1', 'second');
  startRelay();
  await outboxEmpty(40_000);
  expect(publisher.bodies()).toEqual(['first', 'second']);
  release('confirmed');
});

test('how long a notification may wait is told by the clock of the database', async () => {
  startRelay();
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_600_000 });
  await notify(randomUUID(), 'told');
  await outboxEmpty();
  vi.useRealTimers();
  const [{ expiresInMs } = {}] = publisher.published;
  expect(expiresInMs).toBeGreaterThan(540_000);
  expect(expiresInMs).toBeLessThanOrEqual(600_000);
});

test('a notification that the broker did not take in time is dropped, and what comes after it is not', async () => {
  const instance = randomUUID();
  await notify(instance, 'late', 1);
  await waitFor(
    async () =>
      (await query(server.url, 'SELECT 1 FROM outbox WHERE expires_at < now()')).length > 0,
    { timeoutMs: 10_000, what: 'its time to pass' },
  );
  await notify(instance, 'in time');
  startRelay();
  await outboxEmpty();
  expect(publisher.bodies()).toEqual(['in time']);
  expect(publisher.buried).toEqual([]);
});

test('what is kicked does not wait for a backlog that the broker does not take', async () => {
  for (const mark of count(200)) {
    await notify(randomUUID(), String(mark));
  }
  let kicked: Promise<void> | undefined;
  publisher.judge = async ({ kind }) => {
    if (kind === 'notification') {
      await (kicked ??= cast(randomUUID(), 'fresh'));
      return new Error('not now');
    }
    return 'confirmed';
  };
  const relay = startRelay();
  database.publishBy(relay);
  await waitFor(() => Promise.resolve(publisher.bodies().includes('fresh')), {
    timeoutMs: 10_000,
    what: 'the fresh one',
  });
  // One batch was under way.
  expect(publisher.attempts.findIndex(({ body }) => body === 'fresh')).toBe(64);
});

test('a kick is quicker than the sweep', async () => {
  const relay = startRelay({ sweepMs: 60_000 });
  database.publishBy(relay);
  for (const mark of count(50)) {
    await cast('aggregate', String(mark));
  }
  await waitFor(() => Promise.resolve(publisher.published.length === 50 ? true : undefined), {
    timeoutMs: 10_000,
    what: 'all kicked messages',
  });
  expect(publisher.bodies()).toEqual(count(50).map(String));
});

test('nothing is lost when the relay loses its connection in the middle', async () => {
  const subject = randomUUID();
  for (const mark of count(30)) {
    await emit(subject, mark);
  }
  let killed = 0;
  publisher.judge = async (): Promise<Verdict> => {
    if (killed < 2 && publisher.published.length === 10 + killed * 10) {
      killed += 1;
      await query(
        server.url,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'relay-under-test' AND datname = current_database()",
      );
    }
    return 'confirmed';
  };
  startRelay();
  await outboxEmpty();
  expect(killed).toBe(2);
  expect(withoutRepeats(sequencesOf(subject))).toEqual(count(30));
  const rows = await positions(30);
  expect(rows.map(({ pos }) => Number(pos))).toEqual(count(30));
  expect(new Set(warnings)).toEqual(new Set(['outbox relay lost the database; it tries again']));
});

test('a returned cast is tried again, holds back its own aggregate and no other', async () => {
  publisher.judge = ({ body }) =>
    body === 'lost' && publisher.attempts.filter((tried) => tried.body === 'lost').length < 3
      ? 'returned'
      : 'confirmed';
  await cast('a', 'lost');
  await cast('a', 'behind it');
  await cast('b', 'elsewhere');
  startRelay();
  await outboxEmpty();
  expect(publisher.bodies()).toEqual(['elsewhere', 'lost', 'behind it']);
  expect(publisher.attempts.filter(({ body }) => body === 'lost')).toHaveLength(3);
  expect(publisher.buried).toEqual([]);
});

test('a cast that nobody takes until it expires is buried with its reason, and its aggregate goes on', async () => {
  publisher.judge = ({ body }) => (body === 'unwanted' ? 'returned' : 'confirmed');
  await cast('a', 'unwanted', 1500);
  await cast('a', 'next');
  startRelay();
  await outboxEmpty();
  expect(publisher.buried).toMatchObject([
    { message: { body: 'unwanted' }, reason: 'no queue took it before it expired' },
  ]);
  expect(publisher.attempts.filter(({ body }) => body === 'unwanted').length).toBeGreaterThan(1);
  expect(publisher.bodies()).toEqual(['next']);
});

test('an event that nobody subscribes to is done with', async () => {
  publisher.judge = () => 'returned';
  await emit(randomUUID(), 1);
  startRelay();
  await outboxEmpty();
  expect(publisher.attempts).toHaveLength(1);
});

test('while the broker is away all waits, is told once, and nothing confirmed is sent again', async () => {
  let away = true;
  publisher.judge = ({ body }) => (away && body !== '1' ? new Error('no connection') : 'confirmed');
  for (const mark of count(5)) {
    await cast('a', String(mark));
  }
  startRelay();
  await waitFor(() => Promise.resolve(publisher.attempts.length >= 4 ? true : undefined), {
    timeoutMs: 20_000,
    what: 'some tries',
  });
  expect(publisher.bodies()).toEqual(['1']);
  expect(warnings).toEqual(['the broker took no message; the outbox keeps it']);
  away = false;
  await outboxEmpty();
  expect(publisher.bodies()).toEqual(['1', '2', '3', '4', '5']);
});

test('a message that the broker never takes stops its own aggregate only', async () => {
  publisher.judge = ({ body }) => (body === 'poison' ? new Error('frame too large') : 'confirmed');
  await cast('a', 'poison');
  await cast('a', 'behind it');
  startRelay();
  for (const mark of count(3)) {
    await cast('b', String(mark));
  }
  await waitFor(() => Promise.resolve(publisher.published.length === 3 ? true : undefined), {
    timeoutMs: 10_000,
    what: 'the other aggregate',
  });
  // What is confirmed is taken out of the outbox a little later.
  await waitFor(async () => ((await left()) <= 2 ? true : undefined), {
    timeoutMs: 10_000,
    what: 'the outbox to hold nothing else',
  });
  expect(await left()).toBe(2);
});

test('what it may not send is left to those who may', async () => {
  await cast('a', 'not for it');
  await database.transaction(({ out }) => {
    out.cast('a', { routingKey: 'mine.host1', body: 'for it' });
    return Promise.resolve();
  });
  startRelay({ kinds: ['mine'], sweepMs: 50 });
  await waitFor(() => publisher.published.length === 1, { timeoutMs: 10_000, what: 'the other' });
  expect(publisher.bodies()).toEqual(['for it']);
  const able = startRelay({ kinds: ['topic'], sweepMs: 50 });
  await outboxEmpty();
  expect(publisher.bodies()).toContain('not for it');
  await able.close();
});

test('closing publishes what this process was told of', async () => {
  const relay = startRelay({ sweepMs: 60_000 });
  for (const mark of count(3)) {
    await cast(`aggregate ${String(mark)}`, String(mark));
  }
  relay.kick(count(3).map((mark) => `topic:aggregate ${String(mark)}`));
  await relay.close();
  await relay.close();
  expect(publisher.bodies().sort()).toEqual(['1', '2', '3']);
  relay.kick(['topic:aggregate 1']);
  const sessions =
    "SELECT 1 FROM pg_stat_activity WHERE application_name = 'relay-under-test' AND datname = current_database()";
  await waitFor(async () => ((await query(server.url, sessions)).length === 0 ? true : undefined), {
    timeoutMs: 5000,
    what: 'its connection to be gone',
  });
});

test('closing does not wait for a broker that does not answer; another process publishes the rest', async () => {
  const hung = new RecordingPublisher();
  hung.judge = () => new Promise(() => undefined);
  const stuck = startRelay({ publisher: hung, closeMs: 200 });
  await emit(randomUUID(), 1);
  const attempted = () => hung.attempts.length === 1;
  await waitFor(attempted, { timeoutMs: 10_000, what: 'the message to be on its way' });
  let isClosed = false;
  stuck.close().then(
    () => (isClosed = true),
    () => undefined,
  );
  // A try ends much later.
  await waitFor(() => isClosed, { timeoutMs: 8000, what: 'the close' });
  startRelay();
  await outboxEmpty();
  expect(publisher.published).toHaveLength(1);
});

test('closing while the backlog is looked through publishes what was kicked meanwhile', async () => {
  let confirm: (verdict: Verdict) => void = () => undefined;
  const slow = new Promise<Verdict>((resolve) => (confirm = resolve));
  publisher.judge = ({ body }) => (body === 'backlog' ? slow : 'confirmed');
  await cast('aggregate 1', 'backlog');
  const relay = startRelay({ sweepMs: 60_000 });
  await waitFor(() => publisher.attempts.length === 1, {
    timeoutMs: 10_000,
    what: 'the backlog to be looked through',
  });
  await cast('aggregate 2', 'kicked');
  relay.kick(['topic:aggregate 2']);
  const closed = relay.close();
  confirm('confirmed');
  await closed;
  expect(publisher.bodies()).toEqual(['backlog', 'kicked']);
});

test('a slow transaction does not put its messages before those that committed earlier', async () => {
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  let entered: () => void = () => undefined;
  const inside = new Promise<void>((resolve) => (entered = resolve));
  const slow = database.transaction(async ({ out }) => {
    out.cast('a', { routingKey: 'topic', body: 'slow' });
    entered();
    await held;
  });
  await inside;
  await cast('a', 'quick');
  release();
  await slow;
  startRelay();
  await outboxEmpty();
  expect(publisher.bodies()).toEqual(['quick', 'slow']);
});
