import { expect, test } from 'vitest';
import { novaPowerState } from './nova-power-state.js';

test.each([
  ['on', 1],
  ['off', 4],
  ['unknown', 0],
] as const)("%s is %d in Nova's numbers", (observed, state) => {
  expect(novaPowerState(observed)).toBe(state);
});
