import { statSync } from 'node:fs';
import { type Account, unprivilegedAccount } from '@metalcast/rig';

const othersMayReadAndWrite = 0o006;

/**
 * Whom BMCs and machines run as, always without capabilities: nobody, where everybody may open /dev/net/tun, as udev
 * has it; otherwise (undefined) its owner, root, for QEMU must open it and knows no other name for it.
 */
export function rackAccount(): Account | undefined {
  const { mode } = statSync('/dev/net/tun');
  const open = (mode & othersMayReadAndWrite) === othersMayReadAndWrite;
  return open ? unprivilegedAccount(['nobody']) : undefined;
}
