import { Fault } from '@metalcast/domain';
import { prepared } from '../sql/prepared.js';
import { Prisma } from '../sql/prisma.js';
import type { Queries } from '../sql/queries.js';

/** Networks that a project sees: the shared ones and its own. */
export const networksOf = (projectId: string): Prisma.NetworkWhereInput => ({
  OR: [{ shared: true }, { projectId }],
});

/** Holds for networks from which a server that names none may get an address: the project sees them. */
export const isCandidate = (projectId: string): Prisma.Sql => Prisma.sql`
  admin_state_up AND (shared OR project_id = ${projectId})
  AND EXISTS (SELECT FROM subnets s WHERE s.network_id = networks.id)`;

/**
 * The network of a server that names none: the one with a subnet that its project sees. Several to choose from are
 * never all attached, as in 2013. Fault NETWORK_EXHAUSTED when there is none, or more than one.
 */
export async function onlyNetwork(sql: Queries, projectId: string): Promise<string> {
  const { id } = oneOf(
    await sql.$queryRaw<{ id: string }[]>`${prepared('only_network')}
      SELECT id FROM networks WHERE ${isCandidate(projectId)} LIMIT 2`,
  );
  return id;
}

/**
 * Whether one of the networks or ports has DHCP, as far as is known of boot services: a node is deployed over such a
 * network alone.
 */
export async function canDeploy(
  sql: Queries,
  { networks, ports }: { readonly networks: readonly string[]; readonly ports: readonly string[] },
): Promise<boolean> {
  const [row] = await sql.$queryRaw<{ can: boolean }[]>`
    WITH boots AS (
      SELECT details ->> 'address' AS address FROM services
       WHERE "binary" = 'metalcast-boot' AND details ? 'address'
    )
    SELECT EXISTS (
      SELECT FROM subnets s
       WHERE s.enable_dhcp
         AND (s.network_id = ANY (${[...networks]}::uuid[])
              OR s.id IN (SELECT subnet_id FROM ports WHERE id = ANY (${[...ports]}::uuid[])))
         AND (NOT EXISTS (SELECT FROM boots)
              OR EXISTS (SELECT FROM boots WHERE address::inet <<= s.cidr::inet))) AS can`;
  return row?.can === true;
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
