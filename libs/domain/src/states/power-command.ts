import { defineMachine } from './machine.js';

/** Life of a command to a BMC (`power_commands.state`). An unfinished command has a deadline. */
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
      fail: { to: 'failed', by: 'power', why: 'the BMC refused it, or its deadline passed' },
      cancel: {
        to: 'failed',
        by: 'power',
        why: 'its epoch is over, or one that switches off at once came after a soft off',
      },
    },
  },
  succeeded: { stable: true, on: {} },
  failed: { stable: true, on: {} },
});

export const powerCommandState = powerCommandStates.names;
export type PowerCommandState = keyof typeof powerCommandStates.table;
export type PowerCommandEvent = Parameters<typeof powerCommandStates.next>[1];

/** The state of a new command. */
export const newPowerCommand = 'queued' satisfies PowerCommandState;
