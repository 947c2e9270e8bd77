import { expect, test } from 'vitest';
import { instanceActions, serverStatus } from './instance-states.js';

test('every action ends in one of two states, and delete is never refused', () => {
  for (const { done, failed } of Object.values(instanceActions)) {
    expect(serverStatus[done]).not.toBe(serverStatus[failed]);
  }
  expect(instanceActions.delete).toMatchObject({ vmStates: 'any', taskStates: 'any' });
});
