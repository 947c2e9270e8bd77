import { expect, test } from 'vitest';
import { instanceActions, serverStatus } from './instance-states.js';

test.each([
  ['building', 'scheduling', 'BUILD'],
  ['building', 'deleting', 'BUILD'],
  ['active', null, 'ACTIVE'],
  ['active', 'deleting', 'ACTIVE'],
  ['stopped', null, 'SHUTOFF'],
  ['error', null, 'ERROR'],
  ['deleted', null, 'DELETED'],
] as const)('a server that is %s (%s) shows %s', (vmState, taskState, status) => {
  expect(serverStatus(vmState, taskState)).toBe(status);
});

test('every action ends in one of two states, and delete is never refused', () => {
  for (const { done, failed } of Object.values(instanceActions)) {
    expect(serverStatus(done, null)).not.toBe(serverStatus(failed, null));
  }
  expect(instanceActions.delete).toMatchObject({ vmStates: 'any', taskStates: 'any' });
});
