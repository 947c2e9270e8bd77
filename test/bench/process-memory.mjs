// Memory that processes hold, by /proc.
import { readFileSync } from 'node:fs';
import { pidsBelow } from './process-cpu.mjs';

/**
 * PSS in MiB, shared pages by the share, of a process with all that it has started and that lives; 0 when it is gone.
 */
export const treePss = (root) => pidsBelow(root).reduce((sum, pid) => sum + pssOf(pid), 0) / 1024;

function pssOf(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    return Number(/^Pss:\s+(\d+) kB/m.exec(text)?.[1] ?? 0);
  } catch {
    return 0;
  }
}
