import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Relay } from '@metalcast/db';
import { ModelDatabase } from '@metalcast/db/models';
import { startDatabase, waitFor, type TestDatabase } from '@metalcast/testing';
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { OwnerProcess } from './owner-process.js';
import { query } from './query.js';
import { RecordingPublisher } from './recording-publisher.js';

let server: TestDatabase;
let database: ModelDatabase;
const closers: (() => Promise<void>)[] = [];

beforeEach(async () => {
  server = await startDatabase();
  database = new ModelDatabase({ url: server.url, poolSize: 8, applicationName: 'test' });
});
afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
  await database.close();
  await server.close();
});

function startRelay(): void {
  const relay = new Relay({
    url: server.url,
    publisher: new RecordingPublisher(),
    logger: { warn: () => undefined },
    applicationName: 'relay-under-test',
    sweepMs: 50,
  });
  closers.push(() => relay.close());
}

const emit = (subject: string, mark: number): Promise<void> =>
  database.transaction(({ out }) => {
    out.emit({ type: 'test.happened', subject, data: { mark } });
    return Promise.resolve();
  });

/** As one that numbers does, until it is let go. */
async function lockCounter(): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  await client.query('BEGIN');
  await client.query("SELECT FROM streams WHERE aggregate = '*' FOR UPDATE");
  return () => client.end();
}

const count = (n: number): number[] => Array.from({ length: n }, (_, index) => index + 1);

/** A reader that asks for what comes after the last position it saw: positions and `subject n`. */
class Reader {
  readonly positions: number[] = [];
  readonly seen: string[] = [];
  private ended = false;
  private readonly reading = this.read();

  private async read(): Promise<void> {
    while (!this.ended) {
      const rows = await query(
        server.url,
        'SELECT subject, n, pos FROM events WHERE pos > $1 ORDER BY pos',
        [this.positions.at(-1) ?? 0],
      );
      this.positions.push(...rows.map(({ pos }) => Number(pos)));
      this.seen.push(...rows.map(({ subject, n }) => `${String(subject)} ${String(n)}`));
      await delay(5);
    }
  }

  async until(events: number): Promise<void> {
    await waitFor(() => Promise.resolve(this.positions.length >= events), {
      timeoutMs: 30_000,
      what: `${String(events)} events to have a position`,
    });
  }

  async end(): Promise<void> {
    this.ended = true;
    await this.reading;
  }
}

test('two that number at once leave no holes, and nothing appears behind what was seen', async () => {
  startRelay();
  startRelay();
  const reader = new Reader();
  const busy = new AbortController();
  // Each believes for a while that the lease is its own.
  const stealing = (async () => {
    while (!busy.signal.aborted) {
      await query(
        server.url,
        "UPDATE leases SET lease_until = clock_timestamp() - interval '1 s' WHERE name = 'event-positions'",
      );
      await delay(5);
    }
  })();
  const subjects = count(4).map(() => randomUUID());
  for (const round of count(5)) {
    const unlock = await lockCounter();
    await Promise.all(
      subjects.map(async (subject) => {
        for (const mark of count(6)) {
          await emit(subject, round * 6 + mark);
        }
      }),
    );
    // Time for both to stand in line for the counter.
    await delay(600);
    await unlock();
    await reader.until(round * 24);
  }
  await reader.until(120);
  busy.abort();
  await stealing;
  await reader.end();
  expect(reader.positions).toEqual(count(120));
  for (const subject of subjects) {
    const own = reader.seen.filter((event) => event.startsWith(subject));
    expect(own).toEqual(count(30).map((n) => `${subject} ${String(n)}`));
  }
});

test('while the one that numbers is paused another does it, and both go on without holes', async () => {
  const owner = new OwnerProcess(server.url);
  closers.push(() => owner.end());
  owner.confirm(true);
  const [here, there] = [randomUUID(), randomUUID()];
  await owner.emit(there, 1);
  const reader = new Reader();
  await reader.until(1);
  owner.signal('SIGSTOP');
  startRelay();
  await Promise.all(count(20).map((mark) => emit(here, mark)));
  await reader.until(21);
  owner.signal('SIGCONT');
  await Promise.all([
    ...count(20).map((mark) => emit(here, mark + 20)),
    ...count(5).map((mark) => owner.emit(there, mark + 1)),
  ]);
  await reader.until(46);
  await reader.end();
  expect(reader.positions).toEqual(count(46));
  expect(new Set(reader.seen).size).toBe(46);
});

test('what is committed late comes later, though it began earlier', async () => {
  const late = new pg.Client({ connectionString: server.url });
  await late.connect();
  await late.query('BEGIN');
  await late.query(
    `INSERT INTO events (id, type, subject, n, data) VALUES (gen_random_uuid(), 'test', $1, 1, '{}')`,
    ['late'],
  );
  startRelay();
  const reader = new Reader();
  await emit(randomUUID(), 1);
  await reader.until(1);
  await late.query('COMMIT');
  await late.end();
  await reader.until(2);
  await reader.end();
  expect(reader.seen[1]).toBe('late 1');
  expect(reader.positions).toEqual([1, 2]);
});

test('a position stays as it was first given', async () => {
  startRelay();
  const reader = new Reader();
  await emit(randomUUID(), 1);
  await reader.until(1);
  await query(server.url, 'UPDATE events SET pos = 7');
  expect(await query(server.url, 'SELECT pos::int FROM events')).toEqual([{ pos: 1 }]);
  await reader.end();
});
