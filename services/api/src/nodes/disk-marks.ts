import { storedDiskHint } from '@metalcast/contracts';
import { diskHintText, Fault, isSurelyKept, parseDiskHint, type DiskHint } from '@metalcast/domain';

/** A mark as it is stored. */
export const hintOf = (stored: unknown): DiskHint | null => storedDiskHint.nullable().parse(stored);

/**
 * What the two alone tell; the rest is told when the machine's disks are seen. Fault DISK_HINT_MALFORMED for a mark
 * that was stored before such were refused.
 */
export function refuseKeptRoot(root: DiskHint | null, keeps: readonly DiskHint[]): void {
  [...keeps, ...(root === null ? [] : [root])].forEach((hint) => parseDiskHint(hint));
  const keep = keeps.find((one) => root !== null && isSurelyKept(root, one));
  if (root !== null && keep !== undefined) {
    const reason = `root_device ${diskHintText(root)} is a disk that keep_disks (${diskHintText(keep)}) says is never written.`;
    throw new Fault('BAD_REQUEST', { reason });
  }
}
