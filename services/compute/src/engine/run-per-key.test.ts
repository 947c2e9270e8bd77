import { expect, test } from 'vitest';
import { RunPerKey } from './run-per-key.js';

/** Runs that end when the test ends them. */
function heldRuns() {
  const begun: { key: string; end: () => void; fail: (error: Error) => void }[] = [];
  const flights = new RunPerKey<string>(
    (key) => key,
    (key) =>
      new Promise((end, fail) => {
        begun.push({ key, end, fail });
      }),
  );
  return { begun, flights };
}

const turnOver = () => new Promise((resolve) => setImmediate(resolve));

test('calls during a run are one further run, which begins after it', async () => {
  const { begun, flights } = heldRuns();
  const ended: string[] = [];
  const first = flights.run('a').then(() => ended.push('first'));
  const others = [flights.run('a'), flights.run('a')].map((run) =>
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
  const { begun, flights } = heldRuns();
  const runs = [flights.run('a'), flights.run('a')];
  begun[0]!.end();
  await turnOver();
  runs.push(flights.run('a'));
  begun[1]!.end();
  await turnOver();
  expect(begun).toHaveLength(3);
  begun[2]!.end();
  await Promise.all(runs);
  const after = flights.run('a');
  expect(begun).toHaveLength(4);
  begun[3]!.end();
  await after;
});

test('keys do not wait for each other', () => {
  const { begun, flights } = heldRuns();
  void flights.run('a').catch(() => undefined);
  void flights.run('b').catch(() => undefined);
  expect(begun.map(({ key }) => key)).toEqual(['a', 'b']);
});

test('a caller that waited for a failed run gets its error; a caller during that run gets a run of its own', async () => {
  const { begun, flights } = heldRuns();
  const first = flights.run('a');
  const second = flights.run('a');
  begun[0]!.fail(new Error('no'));
  await expect(first).rejects.toThrow('no');
  await turnOver();
  begun[1]!.end();
  await expect(second).resolves.toBeUndefined();
});

test('a failed run without waiting callers is forgotten', async () => {
  const { begun, flights } = heldRuns();
  const first = flights.run('a');
  begun[0]!.fail(new Error('no'));
  await expect(first).rejects.toThrow('no');
  const next = flights.run('a');
  expect(begun).toHaveLength(2);
  begun[1]!.end();
  await next;
});
