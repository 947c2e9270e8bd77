import type { NodeHardware } from '../rack/hardware.js';
import { nodeName, type RackNode } from '../rack/node.js';

export interface HardwareWish {
  /** Number of nodes in the rack. */
  readonly nodes: number;
  /** Number of nodes with UEFI firmware, the last ones. */
  readonly uefi?: number | undefined;
  readonly secondDisk?: boolean | undefined;
}

const secondDisks = [{ gb: 1, before: true }];

/**
 * The hardware of the new nodes, by name. Existing nodes keep theirs: options that only existing nodes could meet, but
 * do not, are refused.
 */
export function newHardware(
  present: readonly Pick<RackNode, 'name' | 'firmware' | 'disks'>[],
  { nodes, uefi = 0, secondDisk = false }: HardwareWish,
): Record<string, Partial<NodeHardware>> {
  if (uefi > nodes) {
    throw new Error(`--uefi ${uefi}: the rack has ${nodes} nodes; add more with --nodes`);
  }
  const other = present
    .slice(Math.max(0, nodes - uefi))
    .find(({ firmware }) => firmware !== 'uefi');
  if (other !== undefined) {
    throw new Error(
      `--uefi ${uefi}: ${other.name} exists and keeps its BIOS firmware: add nodes (--nodes ${present.length + uefi} --uefi ${uefi}), or start again after "down"`,
    );
  }
  if (secondDisk && nodes === present.length && present.at(-1)?.disks.length === 1) {
    throw new Error(
      `--second-disk: the rack already has ${nodes} nodes, and existing nodes are not rebuilt: add one (--nodes ${nodes + 1} --second-disk), or start again after "down"`,
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
