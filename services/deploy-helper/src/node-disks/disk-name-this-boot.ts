import { agentHello, type AgentHello } from '@metalcast/contracts';
import type { Deployment } from '@metalcast/db';
import { isSame } from './choose-disk.js';

const told = agentHello.pick({ disks: true });

/** The kernel's name of the deployment's disk in this boot of the node: names can change with each boot. */
export function diskNameThisBoot(
  { disk, inventory }: Pick<Deployment, 'disk' | 'inventory'>,
  { disks }: Pick<AgentHello, 'disks'>,
): string | null {
  const before = told.safeParse(inventory).data?.disks.find(({ name }) => name === disk);
  const same = disks.filter((one) => before !== undefined && isSame(one, before));
  return same.length === 1 ? (same[0]?.name ?? disk) : disk;
}
