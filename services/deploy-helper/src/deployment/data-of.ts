import { agentHello } from '@metalcast/contracts';
import type { Deployment, DeploymentOfNode, Sql } from '@metalcast/db';
import { isSame, type AgentDisk } from '../agent/choose-disk.js';

const columns = {
  epoch: true,
  instanceUuid: true,
  disk: true,
  empties: true,
  zeroed: true,
  state: true,
  targetAttempt: true,
  inventory: true,
} as const;

export type WipingDeployment = Pick<Deployment, keyof typeof columns>;

/**
 * Notes that the disks hold the data of the deployment's server, and that of each server before it of which no disk is
 * proven to be wiped: by this deployment, as its row says by now, or by one between the two.
 */
export async function noteDataOf(sql: Sql, { node, deployment }: DeploymentOfNode): Promise<void> {
  const before = node.dataOf.filter((server) => server !== deployment.instanceUuid);
  const written = await sql.deployment.findMany({
    where: { nodeId: node.id, epoch: { lt: deployment.epoch } },
    select: columns,
    orderBy: { epoch: 'asc' },
    ...(before.length === 0 ? { take: 0 } : {}),
  });
  const remaining = before.filter((server) => remains(server, written, deployment));
  const now = deployment.instanceUuid === null ? [] : [deployment.instanceUuid];
  await sql.node.update({ where: { id: node.id }, data: { dataOf: [...remaining, ...now] } });
}

/** Whether data of the server may be left, after all these deployments of its node, of which `last` is the newest. */
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
      // It cannot be told from others.
      return !isAllWiped;
    }
    const since = [...earlier.filter(({ epoch }) => epoch > place.epoch), last];
    return !since.some((one) => wipedBy(one).some((wiped) => isSame(wiped, disk)));
  });
}

const told = agentHello.pick({ disks: true });

const disksOf = ({ inventory }: WipingDeployment): readonly AgentDisk[] =>
  told.safeParse(inventory).data?.disks ?? [];

/** The disks that the deployment has proven to be empty before it wrote, or written over whole. */
function wipedBy(deployment: WipingDeployment): readonly AgentDisk[] {
  const { disk, empties, zeroed, state } = deployment;
  const isWhole = ['verified', 'restarting', 'left'].includes(state);
  const names = [...(zeroed ? empties.split(' ') : []), ...(zeroed || isWhole ? [disk] : [])];
  return disksOf(deployment).filter(({ name }) => names.includes(name));
}
