import { expect, test } from 'vitest';
import { matches } from './topic-pattern.js';

test.each([
  ['node.*.changed', 'node.power.changed', true],
  ['node.*.changed', 'node.changed', false],
  ['node.#', 'node', true],
  ['node.#', 'node.power.changed', true],
  ['#.changed', 'node.power.changed', true],
  ['#', 'anything.at.all', true],
  ['compute', 'compute', true],
  ['compute', 'compute.h1', false],
])('%s takes %s: %s', (pattern, key, taken) => {
  expect(matches(pattern, key)).toBe(taken);
});
