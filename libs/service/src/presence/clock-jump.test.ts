import { expect, test } from 'vitest';
import { fairDeadline } from './clock-jump.js';

const at = (minute: number): Date => new Date(60_000 * minute);
/** At minute 100 it is minute 160. */
const jump = { from: at(100), to: at(160) };

test.each([
  ['passed before the jump', 100, 100, 100],
  ['was jumped over', 110, 90, 170],
  ['was set before the jump, and lies behind it', 200, 90, 260],
  ['was set after the jump', 170, 160, 170],
])('a deadline that %s', (_, deadline, setAt, fair) => {
  expect(fairDeadline([jump], at(deadline), at(setAt))).toEqual(at(fair));
});

test('of a deadline alone it is known only that the clock jumped over it', () => {
  expect(fairDeadline([jump], at(160 - 1))).toEqual(at(220 - 1));
  expect(fairDeadline([jump], at(161))).toEqual(at(161));
});

test('each jump counts that it lived to see', () => {
  const again = { from: at(165), to: at(175) };
  expect(fairDeadline([jump, again], at(110), at(90))).toEqual(at(180));
  expect(fairDeadline([jump, again], at(104), at(90))).toEqual(at(164));
  expect(fairDeadline([jump, again], at(170), at(162))).toEqual(at(180));
});
