import { expect, test } from 'vitest';
import { agentDisk, agentReport } from './agent.js';

const node = '6f1e2a52-5a5c-4a0e-9d3b-0f6a1c2b3d4e';

test('control characters are left out of what a ramdisk tells, but for lines and tabs', () => {
  const disk = agentDisk.parse({ name: 'sda', size: '1', serial: 'S\u00001\u001b[2J' });
  expect(disk.serial).toBe('S1[2J');
  const told = {
    node,
    epoch: '1',
    step: 'error',
    error: 'panic \u0000x',
    evidence: 'a\tb\r\nc\u0007',
  };
  expect(agentReport.parse(told)).toMatchObject({ error: 'panic x', evidence: 'a\tb\nc' });
});

test('a name of control characters alone is none', () => {
  expect(agentDisk.safeParse({ name: '\u0000', size: 1 }).success).toBe(false);
});
