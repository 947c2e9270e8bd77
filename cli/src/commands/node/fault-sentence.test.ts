import { expect, test } from 'vitest';
import { faultSentence } from './fault-sentence.js';

test('a fault is printed with its evidence and the command of its remedy', () => {
  const message = 'Which disk is meant cannot be told.';
  const fault = { code: 'DISK_AMBIGUOUS', message, evidence: ['sda and sdb'] };
  expect(faultSentence(fault, 'node3')).toBe(
    `DISK_AMBIGUOUS: ${message} Seen: sda and sdb. Name the disk: \`metalcast node set node3 --root-device serial=...\`; see docs/disks.md.`,
  );
});

test('an unknown fault of a newer api is printed as it is; no fault prints nothing', () => {
  expect(faultSentence({ code: 'NEW', message: 'New.' }, 'n')).toBe('NEW: New.');
  expect(faultSentence(null, 'n')).toBe('');
});
