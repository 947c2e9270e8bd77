import { Ledger, removeAll, withLock } from '@metalcast/rig';
import { labPaths, type LabPlace } from './lab-paths.js';

const otherCommandMs = 30_000;

/** Removes every process, namespace and file of the lab, and nothing else. False when there was no lab. */
export async function down(place: LabPlace, report?: (line: string) => void): Promise<boolean> {
  const paths = labPaths(place);
  const lock = { timeoutMs: otherCommandMs, what: `another lab command in ${paths.folder} to end` };
  return withLock(paths.data, lock, async () => {
    const ledger = Ledger.find(paths.data);
    await (ledger === undefined ? undefined : removeAll(ledger, report));
    return ledger !== undefined;
  });
}
