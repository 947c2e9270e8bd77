import { Fault } from '@metalcast/domain';

const said = /No space left on device|Disk quota exceeded/;

/**
 * Whether an attempt failed because this host's disk is full; a program that it ran says so in words.
 * A fault has a name already: what it says may be of the node's disk.
 */
export function isNoRoom(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof Fault) {
    return false;
  }
  const code = 'code' in error ? error.code : undefined;
  return (
    code === 'ENOSPC' || code === 'EDQUOT' || said.test(error.message) || isNoRoom(error.cause)
  );
}
