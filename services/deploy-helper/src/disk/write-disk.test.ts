import { expect, test } from 'vitest';
import { writeFault } from './write-disk.js';

test('a refused log-in is not taken for a failing disk', () => {
  const said =
    'qemu-img: Could not open: iSCSI: Failed to connect to LUN : Failed to log in to target. Status: Authentication failure(513)\n';
  expect(writeFault('n', 0, said)).toMatchObject({ code: 'TARGET_REFUSED' });
  expect(
    writeFault('n', 0, 'Failed to log in to target. Status: Target not found(515)'),
  ).toMatchObject({
    code: 'TARGET_REFUSED',
  });
});

test("QEMU's last words are reported, its progress is not", () => {
  const said = '    (43.00/100%)\nqemu-img: error while writing at byte 4711: Input/output error\n';
  expect(writeFault('n', 0.437, said)).toMatchObject({
    code: 'WRITE_FAILED',
    details: {
      percent: 43,
      reason: 'qemu-img: error while writing at byte 4711: Input/output error',
    },
    evidence: ['qemu-img: error while writing at byte 4711: Input/output error'],
  });
});
