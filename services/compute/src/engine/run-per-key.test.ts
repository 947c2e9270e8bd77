import { expect, test } from 'vitest';
import { RunPerKey } from './run-per-key.js';

/** Runs that end when the test ends them. */
function heldRuns() {
  const begun: { key: string; end: () => void; fail: (error: Error) => void }[] = [];
  const perKey = new RunPerKey<string>(
    (key) => key,
    (key) =>
      new Promise((end, fail) => {
        begun.push({ key, end, fail });
      }),
  );
  return { begun, perKey };
}

const turnOver = () => new Promise((resolve) => setImmediate(resolve));

test('calls during a run are one further run, which begins after it', async () => {
  const { begun, perKey } = heldRuns();
  const ended: string[] = [];
  const first = perKey.run('a').then(() => ended.push('first'));
  const others = [perKey.run('a'), perKey.run('a')].map((run) =>
    run.then(() => ended.push('other')),
  );
  expect(begun).toHaveLength(1);
  begun[0]!.end();
  await first;
  await turnOver();
  expect(begun).toHaveLength(2);
  expect(ended).toEqual(['first']);
  begun[1]!.end();
  await Promise.all(others);
  expect(ended).toEqual(['first', 'other', 'other']);
});

test('a call during the further run is a run of its own', async () => {
  const { begun, perKey } = heldRuns();
  const runs = [perKey.run('a'), perKey.run('a')];
  begun[0]!.end();
  await turnOver();
  runs.push(perKey.run('a'));
  begun[1]!.end();
  await turnOver();
  expect(begun).toHaveLength(3);
  begun[2]!.end();
  await Promise.all(runs);
  const after = perKey.run('a');
  expect(begun).toHaveLength(4);
  begun[3]!.end();
  await after;
});

test('keys do not wait for each other', () => {
  const { begun, perKey } = heldRuns();
  void perKey.run('a').catch(() => undefined);
  void perKey.run('b').catch(() => undefined);
  expect(begun.map(({ key }) => key)).toEqual(['a', 'b']);
});

test('a caller that waited for a failed run gets its error; a caller during that run gets a run of its own', async () => {
  const { begun, perKey } = heldRuns();
  const first = perKey.run('a');
  const second = perKey.run('a');
  begun[0]!.fail(new Error('no'));
  await expect(first).rejects.toThrow('no');
  await turnOver();
  begun[1]!.end();
  await expect(second).resolves.toBeUndefined();
});

test('a failed run without waiting callers is forgotten', async () => {
  const { begun, perKey } = heldRuns();
  const first = perKey.run('a');
  begun[0]!.fail(new Error('no'));
  await expect(first).rejects.toThrow('no');
  const next = perKey.run('a');
  expect(begun).toHaveLength(2);
  begun[1]!.end();
  await next;
});
