import { expect, test } from 'vitest';
import { serverStatus, statusOf } from './instance.js';

test('every state at rest has its own status', () => {
  const statuses = Object.values(serverStatus);
  expect(new Set(statuses).size).toBe(statuses.length);
});

test.each([
  ['active', null, 'ACTIVE'],
  ['active', 'rebooting', 'REBOOT'],
  ['active', 'rebooting_hard', 'HARD_REBOOT'],
  ['active', 'deleting', 'ACTIVE'],
  ['error', 'rebooting_hard', 'ERROR'],
  ['building', 'spawning', 'BUILD'],
] as const)('a server %s, %s is %s', (vmState, taskState, status) => {
  expect(statusOf(vmState, taskState)).toBe(status);
});
