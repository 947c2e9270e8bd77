// CPU that processes have used, by /proc: their own, and that of children which have ended and were waited for.
import { readdirSync, readFileSync } from 'node:fs';

const ticksPerSecond = 100;

/** CPU seconds of one process and of its ended children; zeros when it is gone. */
export function processCpu(pid) {
  const stat = readStat(pid);
  return {
    own: (stat?.own ?? 0) / ticksPerSecond,
    children: (stat?.children ?? 0) / ticksPerSecond,
  };
}

/** CPU seconds of a process with all that it has started and that lives, and its ended children. */
export const treeCpu = (root) =>
  treeOf(root).reduce((sum, { own, children }) => sum + own + children, 0) / ticksPerSecond;

/** A process with all that it has started and that lives. */
export const pidsBelow = (root) => treeOf(root).map(({ pid }) => pid);

function treeOf(root) {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => readStat(pid))
    .filter((stat) => stat !== undefined);
  const below = (pid) => [
    ...all.filter((stat) => stat.pid === pid),
    ...all.filter((stat) => stat.parent === pid).flatMap((stat) => below(stat.pid)),
  ];
  return below(root);
}

function readStat(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    return {
      pid: Number(pid),
      parent: fields[1],
      own: fields[11] + fields[12],
      children: fields[13] + fields[14],
    };
  } catch {
    return undefined;
  }
}
