import { expect, test } from 'vitest';
import { createLogger } from './logger.js';
import { Watch } from './unhandled.js';

function watched(mostInMinute = 30) {
  const lines: string[] = [];
  const ends: string[] = [];
  const logger = createLogger('boot', 'info', { write: (line) => lines.push(line) });
  const watch = new Watch({ logger, mostInMinute, end: (why) => ends.push(why) });
  return { watch, lines, ends };
}

test('a rejection is told with its stack and causes, counted, and survived', () => {
  const { watch, lines, ends } = watched();
  watch.rejection(new Error('outer', { cause: new Error('inner') }));
  expect(watch.counts).toEqual({ rejections: 1, exceptions: 0 });
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    level: 'error',
    msg: 'unhandled rejection',
    rejections: 1,
    stack: expect.stringMatching(/outer[^]*unhandled\.test[^]*caused by: Error: inner/) as string,
  });
  expect(ends).toEqual([]);
});

test.each([
  [new Error('to amqp://user:canary@host:5672/ it did not go')],
  [Object.assign(new Error('x'), { config: { headers: { authorization: 'canary' } } })],
  ['postgresql://user:canary@host/name'],
  [{ password: 'canary' }],
])('no secret is told (%#)', (reason) => {
  const { watch, lines } = watched();
  watch.rejection(reason);
  watch.exception(reason);
  expect(lines).toHaveLength(2);
  expect(lines.join()).not.toContain('canary');
});

test('an exception ends the process, that of a socket whose other end has gone does not', () => {
  const { watch, ends } = watched();
  watch.exception(Object.assign(new Error('write'), { code: 'EPIPE' }));
  expect(ends).toEqual([]);
  watch.exception(new TypeError('x is not a function'));
  watch.exception(new TypeError('x is not a function'));
  expect(ends).toEqual(['an exception was thrown outside of any handler']);
  expect(watch.counts).toEqual({ rejections: 0, exceptions: 3 });
});

test('a storm ends the process, once', () => {
  const { watch, lines, ends } = watched(5);
  for (let count = 0; count < 8; count += 1) {
    watch.rejection(new Error('again'));
  }
  expect(ends).toEqual(['5 unhandled errors within a minute']);
  expect(lines).toHaveLength(5);
  expect(watch.counts.rejections).toBe(8);
});
