import { expect, test } from 'vitest';
import { writeFault } from './write-disk.js';

const none = { share: 0, bytes: 10_000 };

test('a refused log-in is not taken for a failing disk', () => {
  const said =
    'qemu-img: Could not open: iSCSI: Failed to connect to LUN : Failed to log in to target. Status: Authentication failure(513)\n';
  expect(writeFault('n', none, said)).toMatchObject({ code: 'TARGET_REFUSED' });
  expect(
    writeFault('n', none, 'Failed to log in to target. Status: Target not found(515)'),
  ).toMatchObject({
    code: 'TARGET_REFUSED',
  });
});

test('the options that QEMU repeats are evidence, not the reason', () => {
  const said =
    "qemu-img: Could not open 'driver=raw,offset=0,file.user=x': iSCSI: Failed to log in to target. Status: Authentication failure(513)";
  const { details, evidence } = writeFault('n', none, said);
  expect(details['reason']).toBe(
    'qemu-img: Could not open the disk: iSCSI: Failed to log in to target. Status: Authentication failure(513)',
  );
  expect(evidence).toEqual([said]);
});

test('where QEMU names no byte, the last progress is the place', () => {
  expect(writeFault('n', { share: 0.437, bytes: 10_000 }, 'killed').details['percent']).toBe(43);
});

test("QEMU's last words are reported, its progress is not", () => {
  const said = '    (43.00/100%)\nqemu-img: error while writing at byte 4711: Input/output error\n';
  expect(writeFault('n', { share: 0.437, bytes: 10_000 }, said)).toMatchObject({
    code: 'WRITE_FAILED',
    details: {
      percent: 47,
      reason: 'qemu-img: error while writing at byte 4711: Input/output error',
    },
    evidence: ['qemu-img: error while writing at byte 4711: Input/output error'],
  });
});
