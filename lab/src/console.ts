import { startDaemon } from '@metalcast/exec';
import { labPaths, type LabPlace } from './lab-paths.js';
import { readLabJson } from './up/lab-json.js';

/** Prints a node's serial console from its beginning and follows it until interrupted. */
export async function showConsole(
  place: LabPlace,
  which: string | undefined,
  write: (line: string) => void,
): Promise<void> {
  const lab = readLabJson(labPaths(place));
  if (lab === undefined) {
    throw new Error('the lab is down');
  }
  const index = Number((which ?? '1').replace(/^node/, '')) - 1;
  const node = lab.nodes.find(({ uuid }, i) => uuid === which || i === index);
  if (node === undefined) {
    throw new Error(
      `unknown node ${String(which)}; the nodes are node1 to node${lab.nodes.length}`,
    );
  }
  await startDaemon('tail', ['-n', '+1', '-F', '--', node.serial], { onLine: write }).ended;
}
