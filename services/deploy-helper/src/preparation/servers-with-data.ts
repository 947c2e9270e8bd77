import { agentHello } from '@metalcast/contracts';
import type { Database } from '@metalcast/db';
import {
  deploymentsBefore,
  type DeploymentOfNode,
  type WipingDeployment,
} from '@metalcast/db/deploy-helper';
import { isVerified } from '../deployment/progress.js';
import { isSame, type AgentDisk } from '../node-disks/choose-disk.js';

/**
 * The servers whose data the disks hold from now on: the deployment's own server, and each earlier server of which one
 * disk is not proven to be wiped. The proof is this deployment, by its row, or one between the two.
 */
export async function serversWithData(
  database: Database,
  { node, deployment }: DeploymentOfNode,
): Promise<string[]> {
  const before = node.dataOf.filter((server) => server !== deployment.instanceUuid);
  const written = before.length === 0 ? [] : await deploymentsBefore(database, deployment);
  const remaining = before.filter((server) => remains(server, written, deployment));
  return deployment.instanceUuid === null ? remaining : [...remaining, deployment.instanceUuid];
}

/** Whether data of the server may be left on a disk after these deployments of its node; `last` is the newest. */
export function remains(
  server: string,
  earlier: readonly WipingDeployment[],
  last: WipingDeployment,
): boolean {
  const places = earlier.filter(
    ({ instanceUuid, targetAttempt }) => instanceUuid === server && targetAttempt > 0,
  );
  const isAllWiped = wipedBy(last).length === disksOf(last).length;
  if (places.length === 0) {
    return !isAllWiped;
  }
  return places.some((place) => {
    const disk = disksOf(place).find(({ name }) => name === place.disk);
    if (disk === undefined || !isSame(disk, disk)) {
      // A disk without an identity may be any disk.
      return !isAllWiped;
    }
    const since = [...earlier.filter(({ epoch }) => epoch > place.epoch), last];
    return !since.some((one) => wipedBy(one).some((wiped) => isSame(wiped, disk)));
  });
}

const told = agentHello.pick({ disks: true });

const disksOf = ({ inventory }: WipingDeployment): readonly AgentDisk[] =>
  told.safeParse(inventory).data?.disks ?? [];

/** The disks that the deployment has proven to be empty before it wrote, or has overwritten whole. */
function wipedBy(deployment: WipingDeployment): readonly AgentDisk[] {
  const { disk, empties, zeroed, state } = deployment;
  const isWhole = isVerified({ state });
  const names = [...(zeroed ? empties.split(' ') : []), ...(zeroed || isWhole ? [disk] : [])];
  return disksOf(deployment).filter(({ name }) => names.includes(name));
}
