import { statSync } from 'node:fs';
import { type Account, unprivilegedAccount } from '@metalcast/rig';

const othersMayReadAndWrite = 0o006;

/**
 * The account of BMCs and machines, always without capabilities. It is nobody where everyone may open /dev/net/tun,
 * which is udev's default. Otherwise it is root (undefined), the owner of that file, because QEMU must open it.
 */
export function rackAccount(): Account | undefined {
  const { mode } = statSync('/dev/net/tun');
  const open = (mode & othersMayReadAndWrite) === othersMayReadAndWrite;
  return open ? unprivilegedAccount(['nobody']) : undefined;
}
