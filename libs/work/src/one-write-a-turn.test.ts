import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { writeOnceATurn } from './one-write-a-turn.js';

/** Tells what reaches its system call, call by call. */
function socket(): { readonly stream: Writable; readonly calls: string[] } {
  const calls: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      calls.push(chunk.toString());
      done();
    },
    writev(chunks, done) {
      calls.push(chunks.map(({ chunk }) => String(chunk)).join(''));
      done();
    },
  });
  writeOnceATurn(stream);
  return { stream, calls };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('what is written in one turn is one call, in its order; nothing waits for more', async () => {
  const { stream, calls } = socket();
  stream.write('a');
  stream.write('b');
  expect(calls).toEqual([]);
  await turn();
  expect(calls).toEqual(['ab']);
  stream.write('c');
  await turn();
  expect(calls).toEqual(['ab', 'c']);
});

test('a protocol that corks for itself goes on as it did', async () => {
  const { stream, calls } = socket();
  stream.write('begin ');
  stream.cork();
  stream.write('bind ');
  stream.write('execute');
  stream.uncork();
  await turn();
  expect(calls).toEqual(['begin bind execute']);
});

test('what was written before the end is written', async () => {
  const { stream, calls } = socket();
  stream.write('last ');
  await new Promise<void>((resolve) => stream.end('words', resolve));
  expect(calls.join('')).toBe('last words');
});

test('a writer is still told to wait when too much is on its way', async () => {
  const { stream } = socket();
  const big = Buffer.alloc(stream.writableHighWaterMark + 1);
  expect(stream.write(big)).toBe(false);
  const drained = new Promise((resolve) => stream.once('drain', resolve));
  await drained;
  expect(stream.writableLength).toBe(0);
});
