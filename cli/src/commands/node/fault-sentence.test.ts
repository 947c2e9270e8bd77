import { expect, test } from 'vitest';
import { faultSentence } from './fault-sentence.js';

test('a fault is told with what was seen and the command to type', () => {
  const message = 'Which disk is meant cannot be told.';
  const fault = { code: 'DISK_AMBIGUOUS', message, evidence: ['sda and sdb'] };
  expect(faultSentence(fault, 'node3')).toBe(
    `DISK_AMBIGUOUS: ${message} Seen: sda and sdb. Name the disk: \`metalcast node set node3 --root-device serial=...\`; see docs/disks.md.`,
  );
});

test('one of a newer api is told as it is; none is nothing', () => {
  expect(faultSentence({ code: 'NEW', message: 'New.' }, 'n')).toBe('NEW: New.');
  expect(faultSentence(null, 'n')).toBe('');
});
