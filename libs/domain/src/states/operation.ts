import { defineMachine } from './machine.js';

const ends = {
  succeed: { to: 'succeeded', by: 'compute', why: 'its last step is done' },
  fail: { to: 'failed', by: 'compute', why: 'a step failed for good and is taken back' },
  cancel: { to: 'cancelled', by: 'compute', why: 'a deletion took over what it held' },
} as const;

/** Life of an operation (`operations.state`). An unfinished operation has a deadline. */
export const operationStates = defineMachine({
  queued: {
    on: {
      start: { to: 'running', by: 'compute', why: 'the operation before it has ended' },
    },
  },
  running: {
    on: {
      wait: {
        to: 'waiting',
        by: 'compute',
        why: 'its step waits for another service, or it pauses',
      },
      goOn: { to: 'running', by: 'compute', why: 'the next step can begin' },
      ...ends,
    },
  },
  waiting: {
    on: {
      wait: { to: 'waiting', by: 'compute', why: 'it was looked at, and goes on waiting' },
      goOn: {
        to: 'running',
        by: 'compute',
        why: 'what it waited for has come, or its pause is over',
      },
      ...ends,
    },
  },
  succeeded: { stable: true, on: {} },
  failed: { stable: true, on: {} },
  cancelled: { stable: true, on: {} },
});

export const operationState = operationStates.names;
export type OperationState = keyof typeof operationStates.table;
export type OperationEvent = Parameters<typeof operationStates.next>[1];

/** States of an operation that has begun and not ended. */
export const statesUnderWay: readonly OperationState[] = ['running', 'waiting'];

/** States of an operation that has not ended. */
export const unendedOperationStates: readonly OperationState[] = operationStates.unstable;

/** Whether an operation in this state has begun and not ended. */
export const isUnderWay = (state: string): boolean =>
  (statesUnderWay as readonly string[]).includes(state);
