import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Cloud, ProcessName } from '@metalcast/simulated-cloud';

/** The checkout that each process runs from, by the system's word; undefined where none runs. */
export async function runningCheckouts(
  cloud: Cloud,
  names: readonly ProcessName[],
): Promise<(string | undefined)[]> {
  const pids = await cloud.pids();
  return names.map((name) => {
    const pid = pids.get(name);
    return pid === undefined ? undefined : checkoutOf(pid);
  });
}

/** The program is <checkout>/services/<name>/dist/main.js. */
function checkoutOf(pid: number): string | undefined {
  const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  const program = words.find((word) => word.endsWith('/dist/main.js'));
  return program === undefined ? undefined : dirname(dirname(dirname(dirname(program))));
}
