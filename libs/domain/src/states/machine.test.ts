import { expect, test } from 'vitest';
import { defineMachine } from './machine.js';

const door = defineMachine({
  shut: {
    stable: true,
    on: {
      push: { to: 'swinging', by: 'api', why: 'somebody comes' },
      lock: { to: 'locked', by: 'compute', why: 'nobody is to come' },
    },
  },
  swinging: { on: { rest: { to: 'shut', by: 'power', why: 'its spring draws it' } } },
  locked: { stable: true, on: { unlock: { to: 'shut', by: 'compute', why: 'it is morning' } } },
});

test('an event leads where the table says, and nowhere from a state that does not know it', () => {
  expect(door.next('shut', 'push')).toBe('swinging');
  expect(door.next('swinging', 'rest')).toBe('shut');
  expect(door.next('locked', 'push')).toBeUndefined();
});

test('the sources of an event are the states that know it', () => {
  expect(door.sources('unlock')).toEqual(['locked']);
  expect(door.sources('push')).toEqual(['shut']);
});

test('what may last is told from what may not, and each state has its word', () => {
  expect(door.states).toEqual(['shut', 'swinging', 'locked']);
  expect(door.stable).toEqual(['shut', 'locked']);
  expect(door.unstable).toEqual(['swinging']);
  expect([door.isStable('locked'), door.isStable('swinging')]).toEqual([true, false]);
  expect(door.names).toEqual({ shut: 'shut', swinging: 'swinging', locked: 'locked' });
});
