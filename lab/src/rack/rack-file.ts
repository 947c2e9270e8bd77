import { readFile, rename, writeFile } from 'node:fs/promises';
import { plainHardware } from './hardware.js';
import type { RackNode } from './node.js';

export interface Rack {
  readonly namespace: string;
  readonly nodes: readonly RackNode[];
}

/** The rack stored in the folder; undefined before the first one. Its BMCs need not run. */
export async function readRack(folder: string): Promise<Rack | undefined> {
  try {
    const rack = JSON.parse(await readFile(rackFile(folder), 'utf8')) as Rack;
    return { ...rack, nodes: rack.nodes.map(withHardware) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return undefined;
    }
    throw error;
  }
}

/** Adds hardware to nodes of an older rack file, in which all nodes were alike. */
function withHardware(node: RackNode): RackNode {
  const disk = { id: 'disk0', serial: node.name, gb: node.diskGb, file: `${node.folder}/disk.img` };
  return { ...{ firmware: plainHardware.firmware, disks: [disk] }, ...node };
}

/** Writes the file atomically, because the cloud knows the uuids and passwords of its nodes. */
export async function writeRack(folder: string, rack: Rack): Promise<void> {
  const file = rackFile(folder);
  await writeFile(`${file}.new`, `${JSON.stringify(rack, undefined, 2)}\n`);
  await rename(`${file}.new`, file);
}

const rackFile = (folder: string): string => `${folder}/rack.json`;
