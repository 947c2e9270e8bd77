import { expect, test } from 'vitest';
import type { PowerCommand } from '../../api/nodes.js';
import { endSentence, isDone, untilEnded } from './power-end.js';

const finished = '2026-01-01T00:00:00.000Z';
const as = (state: string, more: Partial<PowerCommand> = {}): PowerCommand => ({
  ...{ key: 'k', target: 'on', state, finished_at: null },
  ...more,
});
const about = { target: 'on', seconds: 5 };

test('a command is asked for until it has ended', async () => {
  const seen = [undefined, as('queued'), as('running'), as('failed', { finished_at: finished })];
  let asked = 0;
  const read = () => Promise.resolve(seen[asked++]);
  const end = await untilEnded(read, { timeoutMs: 60_000, pause: () => Promise.resolve() });
  expect(end?.state).toBe('failed');
  expect(asked).toBe(4);
});

test('when the time is over, the last state is given', async () => {
  const read = () => Promise.resolve(as('queued'));
  expect(await untilEnded(read, { timeoutMs: 0 })).toMatchObject({ state: 'queued' });
});

test('the end is told in words', () => {
  const fault = { code: 'POWER_REFUSED', message: 'It refused.' };
  const done = { uuid: 'u', command: as('succeeded', { finished_at: finished }) };
  const failed = { uuid: 'u', command: as('failed', { finished_at: finished, fault }) };
  expect(endSentence(done, about)).toBe('node u: power on: done');
  expect(endSentence(failed, about)).toMatch(/^node u: power on: POWER_REFUSED: It refused\. /);
  expect([isDone(done), isDone(failed)]).toEqual([true, false]);
  const open = endSentence({ uuid: 'u', command: as('running') }, about);
  expect(open).toMatch(/not ended after 5 s, it is running; .*node show u/);
  expect(endSentence({ uuid: 'u', command: undefined }, about)).toMatch(/no power service/);
});
