import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Delivery, Outcome } from '../broker.js';
import { RpcConnection } from '../connection.js';
import { InMemoryBroker } from '../memory/in-memory-broker.js';
import { BadMessage } from '../wire/bad-message.js';
import { ackRetryOrDeadLetter, type Source } from './ack-retry-or-dead-letter.js';

const source: Source = { queue: 'work', deadLettersOf: 'work', retry: undefined };

/** A broker that takes no dead letters; when it is down, it takes no message at all. */
class Refusing {
  constructor(readonly connected: boolean) {}
  ready = () => Promise.resolve();
  close = () => Promise.resolve();
  publish = (): Promise<Outcome> => Promise.reject(new Error('no'));
  consume = () => new InMemoryBroker().connect({ exchanges: [], queues: [] }).consume(never);
}
const never = undefined as never;

function connection(connected: boolean) {
  const logged: string[] = [];
  const log = (_: object, message: string) => void logged.push(message);
  const logger = { debug: log, info: log, warn: log, error: log };
  return { logged, conn: new RpcConnection(new Refusing(connected), { host: 'h', logger }) };
}

function delivered(headers: Record<string, unknown> = {}) {
  const outcome: string[] = [];
  const delivery: Delivery = {
    content: Buffer.from('{"method":'),
    exchange: 'nova',
    routingKey: 'power',
    headers,
    redelivered: true,
    ack: () => void outcome.push('ack'),
    requeue: () => void outcome.push('requeue'),
  };
  return { outcome, delivery };
}

const poison = () => Promise.reject(new BadMessage('not JSON'));

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Settles the work, and returns the pause before that in ms. */
async function pauseOf(work: Promise<unknown>): Promise<number> {
  const started = Date.now();
  const ended = work.then(() => Date.now() - started);
  await vi.advanceTimersByTimeAsync(60_000);
  return ended;
}

test('a message that cannot be dead-lettered is paused longer each time, and dropped after 20 times', async () => {
  const { conn, logged } = connection(true);
  const pauses: number[] = [];
  for (let times = 1; times <= 20; times += 1) {
    const { outcome, delivery } = delivered();
    pauses.push(await pauseOf(ackRetryOrDeadLetter(conn, source, delivery, poison)));
    expect(outcome).toEqual(['requeue']);
  }
  expect(pauses.slice(0, 5)).toEqual(pauses.slice(0, 5).toSorted((a, b) => a - b));
  expect(pauses[4]).toBeGreaterThan(4 * (pauses[0] ?? 0));
  expect(Math.max(...pauses)).toBeLessThanOrEqual(11_000);
  const { outcome, delivery } = delivered();
  await pauseOf(ackRetryOrDeadLetter(conn, source, delivery, poison));
  expect(outcome).toEqual(['ack']);
  expect(logged.at(-1)).toMatch(/^dropped/);
});

test('the deliveries that the broker counted are included', async () => {
  const { conn } = connection(true);
  const { outcome, delivery } = delivered({ 'x-delivery-count': 21 });
  await pauseOf(ackRetryOrDeadLetter(conn, source, delivery, poison));
  expect(outcome).toEqual(['ack']);
});

test('nothing is dropped while the broker takes no message at all', async () => {
  const { conn } = connection(false);
  const { outcome, delivery } = delivered({ 'x-delivery-count': 500 });
  await pauseOf(ackRetryOrDeadLetter(conn, source, delivery, poison));
  expect(outcome).toEqual(['requeue']);
});

test.each([
  ['nothing', undefined],
  ['an object that has no text', Object.create(null) as object],
  ['a text', 'down'],
  ['a number', 5],
])('a handler that throws %s fails like any other', async (_, thrown) => {
  const { conn } = connection(true);
  const { outcome, delivery } = delivered();
  const failing = async (): Promise<void> => {
    await Promise.resolve();
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- what a library may do
    throw thrown;
  };
  await pauseOf(ackRetryOrDeadLetter(conn, source, delivery, failing));
  expect(outcome).toEqual(['requeue']);
});
