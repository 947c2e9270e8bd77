import { agentCommand } from '@metalcast/contracts';
import type { Deployment } from '@metalcast/db';
import { expect, test } from 'vitest';
import { textLines } from './text-lines.js';
import { nextCommand } from './next-command.js';

const target = { iqn: 'iqn.x', user: 'u', secret: 's'.repeat(16) };

function commandIn(state: string, changes: Partial<Deployment> = {}, nodeEpoch = 7) {
  const deployment = {
    ...{
      state,
      epoch: 7,
      attempt: 2,
      targetAttempt: 1,
      verifyExtents: null,
      probes: '0:512',
      fault: null,
    },
    ...changes,
  } as Deployment;
  return agentCommand.parse(nextCommand({ deployment, nodeEpoch, target }));
}

test.each([
  ['hello', 'wait'],
  ['queued', 'wait'],
  ['targeting', 'target'],
  ['writing', 'wait'],
  ['verified', 'wait'],
  ['restarting', 'reboot'],
  ['left', 'reboot'],
  ['failed', 'abort'],
])('%s: %s', (state, command) => {
  expect(commandIn(state).command).toBe(command);
});

test('the target is named until this attempt has one', () => {
  expect(commandIn('targeting')).toEqual({
    command: 'target',
    attempt: 2,
    iqn: 'iqn.x',
    chap_user: 'u',
    chap_secret: target.secret,
    probes: '0:512',
  });
  expect(commandIn('targeting', { targetAttempt: 2 })).toEqual({ command: 'wait' });
});

test('the command to read back names what to read', () => {
  const extents = '0:1048576 4194304:512';
  const command = commandIn('verifying', { verifyExtents: extents });
  expect(command).toEqual({ command: 'verify', attempt: 2, extents });
  expect(textLines(command)).toBe(`command=verify\nattempt=2\nextents=${extents}\n`);
});

test('in every state, another epoch of the node ends it', () => {
  for (const state of ['targeting', 'writing', 'verifying', 'restarting']) {
    expect(commandIn(state, {}, 8)).toMatchObject({ command: 'abort' });
  }
});

test('the reason of a failure contains no character that is special in a shell', () => {
  const fault = { code: 'WRITE_FAILED', message: 'it "broke": $(reboot); `x`' };
  const command = commandIn('failed', { fault });
  expect(textLines(command)).toBe('command=abort\nreason=it _broke_: __reboot__ _x_\n');
});
