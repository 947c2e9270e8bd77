import { Fault } from '@metalcast/domain';
import { prepared } from '../sql/prepared.js';
import type { Prisma } from '../sql/prisma.js';
import type { Queries } from '../sql/queries.js';

/** Networks that a project sees: the shared ones and its own. */
export const networksOf = (projectId: string): Prisma.NetworkWhereInput => ({
  OR: [{ shared: true }, { projectId }],
});

export interface OnlyNetwork {
  readonly id: string;
  /** Whether it has a subnet to take an address from. */
  readonly hasSubnet: boolean;
}

/**
 * The network of a server that names none: the one that its project sees. Several to choose from are never all
 * attached, as in 2013. Fault NETWORK_EXHAUSTED when there is none, or more than one.
 */
export async function onlyNetwork(sql: Queries, projectId: string): Promise<OnlyNetwork> {
  return oneOf(
    await sql.$queryRaw<OnlyNetwork[]>`${prepared('only_network')}
      SELECT id, EXISTS (SELECT FROM subnets WHERE network_id = networks.id) AS "hasSubnet"
        FROM networks WHERE admin_state_up AND (shared OR project_id = ${projectId}) LIMIT 2`,
  );
}

/** Of the networks that a project sees. Fault NETWORK_EXHAUSTED when there is not exactly one. */
export function oneOf<T>(networks: readonly T[]): T {
  const [network, another] = networks;
  if (network === undefined || another !== undefined) {
    throw new Fault('NETWORK_EXHAUSTED', {
      reason:
        network === undefined
          ? 'There is no network to give the server an address from.'
          : 'There is more than one network: the request must name one.',
    });
  }
  return network;
}
