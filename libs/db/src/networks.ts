import { Fault } from '@metalcast/domain';
import type { Network, Prisma, Subnet } from './generated/client.js';
import type { Sql } from './database.js';

/** Networks that a project sees: the shared ones and its own. */
export const networksOf = (projectId: string): Prisma.NetworkWhereInput => ({
  OR: [{ shared: true }, { projectId }],
});

/**
 * The network of a server that names none: the one that its project sees. Several to choose from are never all
 * attached, as in 2013. Fault NETWORK_EXHAUSTED when there is none, or more than one.
 */
export async function onlyNetwork(
  sql: Sql,
  projectId: string,
): Promise<Network & { subnets: Subnet[] }> {
  return oneOf(
    await sql.network.findMany({
      where: { adminStateUp: true, ...networksOf(projectId) },
      include: { subnets: true },
      take: 2,
    }),
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
