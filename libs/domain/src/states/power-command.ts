import { defineMachine } from './machine.js';

/** Life of a command to a BMC (`power_commands.state`). One that has not ended has a deadline. */
export const powerCommandStates = defineMachine({
  queued: {
    on: {
      take: { to: 'running', by: 'power', why: 'neither its BMC nor its node is busy' },
    },
  },
  running: {
    on: {
      take: { to: 'running', by: 'power', why: 'its holder let its lease pass' },
      succeed: { to: 'succeeded', by: 'power', why: 'the BMC says that the power is as wanted' },
      fail: {
        to: 'failed',
        by: 'power',
        why: 'the BMC refused it, its deadline passed, or its epoch is over',
      },
    },
  },
  succeeded: { stable: true, on: {} },
  failed: { stable: true, on: {} },
});

export const powerCommandState = powerCommandStates.names;
export type PowerCommandState = keyof typeof powerCommandStates.table;
