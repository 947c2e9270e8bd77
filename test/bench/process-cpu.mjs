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
export function treeCpu(root) {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => readStat(pid))
    .filter((stat) => stat !== undefined);
  const sum = (pid) => {
    const self = all.find((stat) => stat.pid === pid);
    const below = all.filter((stat) => stat.parent === pid).map((stat) => sum(stat.pid));
    return below.reduce((total, each) => total + each, (self?.own ?? 0) + (self?.children ?? 0));
  };
  return sum(root) / ticksPerSecond;
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
