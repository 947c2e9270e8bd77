import { Fault } from '@metalcast/domain';

const said = /No space left on device|Disk quota exceeded/;

/**
 * Whether an attempt failed because this host's disk is full. A program that failed reports that only in its output. A
 * Fault is excluded: its text may be about the node's disk.
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
