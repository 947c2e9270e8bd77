import type { NodeHardware } from '../rack/hardware.js';
import { nodeName, type RackNode } from '../rack/node.js';

export interface HardwareWish {
  /** How many nodes the rack is to have. */
  readonly nodes: number;
  /** How many of them, the last, are to have UEFI firmware. */
  readonly uefi?: number | undefined;
  readonly secondDisk?: boolean | undefined;
}

const secondDisks = [{ gb: 1, before: true }];

/**
 * The hardware of the nodes that are added, by their names. A node that is there keeps its own: a wish that only such
 * nodes could fulfil, and do not, is refused.
 */
export function wantedHardware(
  present: readonly Pick<RackNode, 'name' | 'firmware' | 'disks'>[],
  { nodes, uefi = 0, secondDisk = false }: HardwareWish,
): Record<string, Partial<NodeHardware>> {
  if (uefi > nodes) {
    throw new Error(`--uefi ${uefi}: the rack has ${nodes} nodes; ask for more of them by --nodes`);
  }
  const other = present
    .slice(Math.max(0, nodes - uefi))
    .find(({ firmware }) => firmware !== 'uefi');
  if (other !== undefined) {
    throw new Error(
      `--uefi ${uefi}: ${other.name} is there, and keeps its BIOS firmware: add nodes, --nodes ${present.length + uefi} --uefi ${uefi}, or begin anew after "down"`,
    );
  }
  if (secondDisk && nodes === present.length && present.at(-1)?.disks.length === 1) {
    throw new Error(
      `--second-disk: the rack has its ${nodes} nodes, and none is rebuilt: add one, --nodes ${nodes + 1} --second-disk, or begin anew after "down"`,
    );
  }
  const added = Array.from({ length: nodes - present.length }, (_, i) => present.length + i + 1);
  return Object.fromEntries(
    added.map((index) => [
      nodeName(index),
      {
        firmware: index > nodes - uefi ? ('uefi' as const) : ('bios' as const),
        ...(secondDisk ? { extraDisks: secondDisks } : {}),
      },
    ]),
  );
}
