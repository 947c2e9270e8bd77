import type { AgentHello } from '@metalcast/contracts';

export type AgentDisk = AgentHello['disks'][number];

/**
 * The smallest disk that holds `neededBytes`, the first by name among equals; the largest one when none does,
 * so that the fault can tell by how much. Undefined without disks.
 */
export function chooseDisk(
  disks: readonly AgentDisk[],
  neededBytes: number,
): AgentDisk | undefined {
  const bySize = disks.toSorted((a, b) => a.size - b.size || (a.name < b.name ? -1 : 1));
  return bySize.find(({ size }) => size >= neededBytes) ?? bySize.at(-1);
}
