import type { NodeSize, RackNode } from '../rack/node.js';

/** Refuses a size that no new node could get, unless the last node has it: existing nodes keep theirs. */
export function refuseOtherSize(
  present: readonly Pick<RackNode, 'memoryMb' | 'diskGb'>[],
  { nodes, size }: { readonly nodes: number; readonly size: Partial<NodeSize> },
): void {
  const last = present.at(-1);
  if (last === undefined || nodes > present.length) {
    return;
  }
  const { memoryMb = last.memoryMb, diskGb = last.diskGb } = size;
  if (memoryMb !== last.memoryMb || diskGb !== last.diskGb) {
    throw new Error(
      `--memory, --disk: the rack already has ${nodes} nodes, and existing nodes are not rebuilt: add one (--nodes ${nodes + 1}), or start again after "down"`,
    );
  }
}
