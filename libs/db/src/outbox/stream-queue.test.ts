import { expect, test } from 'vitest';
import type { WaitingMessage } from './publisher.js';
import { StreamQueue } from './stream-queue.js';

const messages = (...ordinals: number[]): WaitingMessage[] =>
  ordinals.map((ordinal) => ({
    ordinal,
    message: { kind: 'cast', routingKey: 'topic', body: String(ordinal) },
    expiresAt: undefined,
  }));

/** Gives out all that can be. */
function drain(queue: StreamQueue): number[] {
  const given: number[] = [];
  for (let head = queue.head(); head !== undefined; head = queue.head()) {
    given.push(head.ordinal);
    queue.advance();
  }
  return given;
}

test('answers that come in another order than the commits do not change the order', () => {
  const queue = new StreamQueue('a', 0);
  expect(queue.ownedAt(4, 6)).toBe(true);
  queue.add(messages(6));
  expect(drain(queue)).toEqual([]);
  expect(queue.ownedAt(4, 5)).toBe(true);
  queue.add(messages(5));
  expect(drain(queue)).toEqual([5, 6]);
  queue.add(messages(5, 6));
  expect(queue.isEmpty).toBe(true);
});

test('an answer that comes after its message was read, published and released is no news', () => {
  const queue = new StreamQueue('a', 5);
  queue.add(messages(5, 6));
  drain(queue);
  queue.phase = 'done';
  expect(queue.ownedAt(4, 6)).toBe(false);
  expect(queue.phase).toBe('done');
  expect(queue.ownedAt(9, 10)).toBe(true);
  queue.add(messages(10));
  expect(drain(queue)).toEqual([10]);
});

test('what was given back is taken up again only after others have got further', () => {
  const queue = new StreamQueue('a', 5);
  queue.add(messages(5, 6));
  queue.rest();
  expect(queue.isEmpty).toBe(true);
  expect(queue.ownedAt(4, 7)).toBe(false);
  expect(queue.ownedAt(7, 8)).toBe(true);
  expect(queue.sent).toBe(7);
});

test('it holds so many, and those that it has no room for are read later', () => {
  const queue = new StreamQueue('a', 1);
  queue.add(messages(...Array.from({ length: 400 }, (_, index) => index + 1)));
  const given = drain(queue);
  expect(given.length).toBeLessThan(400);
  expect(queue.sent).toBe(given.length);
  expect(queue.isEmpty).toBe(true);
});
