// A transaction whose BEGIN goes with its first statement and whose COMMIT goes with its last one.
import { randomUUID } from 'node:crypto';
import { Database, Prisma, type MessageCarrier, type QuickTx } from '@metalcast/db';
import { startDatabase, type TestDatabase } from '@metalcast/testing';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { TcpProxy } from '../tcp-proxy.js';
import { query } from './query.js';

let server: TestDatabase;
let proxy: TcpProxy;
let database: Database;
let failures: boolean[];

const carrier: MessageCarrier = {
  begin: () =>
    Promise.resolve({
      owner: 'test',
      committed: () => undefined,
      failed: ({ perhapsCommitted }) => {
        failures.push(perhapsCommitted);
      },
    }),
};

beforeAll(async () => {
  server = await startDatabase();
  await query(server.url, 'CREATE TABLE marks (mark text PRIMARY KEY)');
});
afterAll(() => server.close());
beforeEach(async () => {
  await query(server.url, 'TRUNCATE marks, outbox, streams');
  proxy = await TcpProxy.before(new URL(server.url));
  const url = new URL(server.url);
  url.host = `127.0.0.1:${proxy.port}`;
  database = new Database({ url: url.href, poolSize: 1, applicationName: 'test' });
  database.publishBy(carrier);
  failures = [];
});
afterEach(async () => {
  await database.close();
  await proxy.close();
});

const marks = async (): Promise<unknown[]> =>
  (await query(server.url, 'SELECT mark FROM marks ORDER BY mark')).map(({ mark }) => mark);
const insert = (mark: string): Prisma.Sql =>
  Prisma.sql`INSERT INTO marks VALUES (${mark}) RETURNING NULL AS written_streams`;
const write = ({ sql }: QuickTx, mark: string) => sql.$executeRaw(insert(mark));
const cast = ({ out }: QuickTx) => {
  out.cast(randomUUID(), { routingKey: 'compute', body: '{}' });
};

test('what fails before the last statement leaves nothing, and the connection works on', async () => {
  const failed = database.quickTransaction(async (tx) => {
    await write(tx, 'a');
    throw new Error('no');
  });
  await expect(failed).rejects.toThrow('no');
  const refused = database.quickTransaction(async (tx) => {
    await write(tx, 'b');
    await write(tx, 'b');
  });
  await expect(refused).rejects.toThrow('duplicate key');
  await database.quickTransaction((tx) => write(tx, 'c'));
  expect(await marks()).toEqual(['c']);
});

test('a last statement that fails takes the others with it', async () => {
  await query(server.url, "INSERT INTO marks VALUES ('there')");
  const failed = database.quickTransaction(async (tx) => {
    await write(tx, 'a');
    cast(tx);
    await tx.finish(() => insert('there'));
  });
  await expect(failed).rejects.toThrow('duplicate key');
  expect(await marks()).toEqual(['there']);
  expect(failures).toEqual([false]);
  await database.quickTransaction((tx) => write(tx, 'after'));
  expect(await marks()).toEqual(['after', 'there']);
});

test('messages that cannot be written take the changes with them', async () => {
  const failed = database.quickTransaction(async (tx) => {
    await write(tx, 'a');
    tx.out.cast(randomUUID(), { routingKey: 'compute', body: '\u0000' });
  });
  await expect(failed).rejects.toThrow();
  expect(await marks()).toEqual([]);
  expect(failures).toEqual([false]);
});

test('a last statement that pg does not send takes the others with it', async () => {
  const named = (text: string) =>
    Prisma.raw(`/* prepared marks_last */ ${text} AS written_streams`);
  await database.quickTransaction((tx) => tx.finish(() => named('SELECT NULL')));
  const failed = database.quickTransaction(async (tx) => {
    await write(tx, 'a');
    cast(tx);
    await tx.finish(() => named('SELECT NULL::text'));
  });
  await expect(failed).rejects.toThrow('Prepared statements must be unique');
  expect(await marks()).toEqual([]);
  expect(failures).toEqual([false]);
  await database.quickTransaction((tx) => write(tx, 'after'));
  expect(await marks()).toEqual(['after']);
});

test('no statement follows the last one', async () => {
  const failed = database.quickTransaction(async (tx) => {
    await tx.finish(() => insert('last'));
    await write(tx, 'late');
  });
  await expect(failed).rejects.toThrow('the transaction has ended');
  expect(await marks()).toEqual(['last']);
});

test('one without a statement leaves no transaction open', async () => {
  await database.quickTransaction(() => Promise.resolve());
  await database.quickTransaction((tx) => write(tx, 'next'));
  expect(await marks()).toEqual(['next']);
});

test('a connection that is lost before the answer to COMMIT may have committed', async () => {
  const lock = await holding('LOCK TABLE marks');
  const failed = database.quickTransaction(async (tx) => {
    cast(tx);
    await tx.finish(() => insert('a'));
  });
  const rejected = expect(failed).rejects.toThrow();
  await vi.waitUntil(isWaiting, { timeout: 10_000 });
  proxy.hangUp();
  await rejected;
  expect(failures).toEqual([true]);
  await lock.release();
});

test('a connection that is lost before the last statement has committed nothing', async () => {
  const lock = await holding('LOCK TABLE marks');
  const failed = database.quickTransaction(async (tx) => {
    await write(tx, 'a');
    cast(tx);
  });
  const rejected = expect(failed).rejects.toThrow();
  await vi.waitUntil(isWaiting, { timeout: 10_000 });
  proxy.hangUp();
  await rejected;
  expect(failures).toEqual([]);
  await lock.release();
});

const isWaiting = async (): Promise<boolean> =>
  (await query(server.url, "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"))
    .length > 0;

/** A transaction of another that has run the statement and stays open. */
async function holding(statement: string): Promise<{ release(): Promise<void> }> {
  const other = new Database({ url: server.url, poolSize: 1, applicationName: 'other' });
  let release: () => void = () => undefined;
  const isReleased = new Promise<void>((resolve) => {
    release = resolve;
  });
  let isHeld: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    isHeld = resolve;
  });
  const ended = other.quickTransaction(async ({ sql }) => {
    await sql.$executeRaw(Prisma.raw(statement));
    isHeld();
    await isReleased;
  });
  await held;
  return {
    async release() {
      release();
      await ended;
      await other.close();
    },
  };
}
