import {
  deploymentStates,
  imageStates,
  nodeStates,
  powerCommandStates,
  type Machine,
} from '@metalcast/domain';
import { describe, expect, test } from 'vitest';
import { pathOf } from './path.js';

const machines: readonly Machine<string, string>[] = [
  deploymentStates,
  imageStates,
  nodeStates,
  powerCommandStates,
];
const next = ({ table }: Machine<string, string>, state: string): string[] =>
  Object.values(table[state]!.on).map(({ to }) => to);

describe.each(machines)('$states', (machine) => {
  const pairs = machine.states.flatMap((from) => machine.states.map((to) => ({ from, to })));

  test.each(pairs)('$from to $to: edge by edge, where the table leads there', ({ from, to }) => {
    const path = pathOf(machine, from, to);
    const reached = new Set([from]);
    for (const state of reached) {
      next(machine, state).forEach((one) => reached.add(one));
    }
    expect(path !== undefined).toBe(reached.has(to));
    for (const [place, state] of (path ?? []).entries()) {
      expect(next(machine, path?.[place - 1] ?? from)).toContain(state);
    }
    expect(path?.at(-1) ?? from).toBe(path === undefined ? from : to);
  });
});

test('it is a shortest one, and nothing where one is already', () => {
  expect(pathOf(deploymentStates, 'hello', 'verified')).toEqual([
    'targeting',
    'writing',
    'verifying',
    'verified',
  ]);
  expect(pathOf(deploymentStates, 'writing', 'writing')).toEqual([]);
});
