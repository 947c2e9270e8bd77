import { expect, test } from 'vitest';
import { nodeStateOf, nodeStates, type NodeState } from './node.js';

const { states, table } = nodeStates;
const edges = states.flatMap((from) =>
  Object.entries(table[from].on).map(([event, edge]) => ({ from, event, ...edge })),
);

/** Every state that can be reached from these, these included. */
function reachable(...from: NodeState[]): Set<string> {
  const found = new Set<string>(from);
  for (const state of found) {
    for (const edge of edges.filter((it) => it.from === state)) {
      found.add(edge.to);
    }
  }
  return found;
}

test('every state is reached from a new node', () => {
  expect([...reachable('available')].sort()).toEqual([...states].sort());
});

test.each(states)('%s has a way out, and a claim can follow in the end', (state) => {
  expect(Object.keys(table[state].on)).not.toEqual([]);
  expect(reachable(state)).toContain('building');
});

test.each(nodeStates.unstable)(
  '%s, where no node may stay, comes to rest after success and after failure',
  (state) => {
    const rest = [...reachable(state)].filter((to) => nodeStates.isStable(to as NodeState));
    expect(rest).toContain('error');
    expect(rest).toContain('deleted');
  },
);

test('only a scheduler claims, and only a free node', () => {
  const claims = edges.filter(({ to }) => to === 'building');
  expect(claims.map(({ from, by }) => `${from} ${by}`).sort()).toEqual([
    'available scheduler',
    'deleted scheduler',
  ]);
});

test('a node that was claimed once is never again one that was not', () => {
  expect(edges.filter(({ to }) => to === 'available')).toEqual([]);
});

test('the column is NULL for a node that was never claimed, and else contains a state', () => {
  expect(nodeStateOf(null)).toBe('available');
  expect(nodeStateOf('deploy failed')).toBe('deploy failed');
  expect(() => nodeStateOf('toString')).toThrow(/unknown node state/);
  expect(() => nodeStateOf('gone')).toThrow(/unknown node state gone/);
});
