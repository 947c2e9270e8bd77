import { readFile } from 'node:fs/promises';
import { waitFor } from '@metalcast/rig';

const marker = 'METALCAST-READY';

/** Waits for the line in which the test image reports on its console that it runs as this server. */
export async function readyLine(
  serial: string,
  serverId: string,
  timeoutMs: number,
): Promise<string> {
  const find = async (): Promise<string | undefined> => {
    const lines = (await readFile(serial, 'latin1')).split(/\r?\n/);
    return lines.findLast((line) => line.includes(marker) && line.includes(serverId));
  };
  return waitFor(find, { timeoutMs, what: `${marker} of server ${serverId} in ${serial}` });
}
