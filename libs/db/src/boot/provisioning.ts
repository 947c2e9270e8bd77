import { Prisma } from '../sql/prisma.js';
import type { Queries } from '../sql/queries.js';

/** The provisioning network that a boot service serves, seen from its own address on it. */
export interface ProvisioningSite {
  readonly address: string;
  /** Restricts it to this network, where several hold the address. */
  readonly networkId?: string | undefined;
}

export interface ProvisioningSubnet {
  readonly networkId: string;
  readonly cidr: string;
  readonly gatewayIp: string | null;
  readonly dnsNameservers: readonly string[];
  readonly mtu: number;
}

/** A NIC of a node with the address it has on the provisioning network. */
export interface BootPort {
  readonly mac: string;
  readonly address: string;
}

/** Holds for a subnet `s` of the site that has DHCP. */
export const servedSubnet = ({ address, networkId }: ProvisioningSite): Prisma.Sql => Prisma.sql`
  s.enable_dhcp AND ${address}::inet <<= s.cidr::inet
  AND (${networkId ?? null}::uuid IS NULL OR s.network_id = ${networkId ?? null}::uuid)`;

/** The subnet with DHCP that the site's address lies in: at most one row. */
export const subnetOfSite = (site: ProvisioningSite): Prisma.Sql => Prisma.sql`
  SELECT s.network_id::text AS "networkId", s.cidr, s.gateway_ip AS "gatewayIp", s.dns_nameservers AS "dnsNameservers", w.mtu
    FROM subnets s JOIN networks w ON w.id = s.network_id
   WHERE ${servedSubnet(site)} ORDER BY s.created_at, s.id LIMIT 1`;

/** Ports `p` with an address that DHCP gives to the node `n`: its server uses them, or they are kept for it. */
const portsOfNode = (site: ProvisioningSite): Prisma.Sql => Prisma.sql`
  FROM ports p JOIN subnets s ON s.id = p.subnet_id
 WHERE p.ip_address IS NOT NULL AND (p.device_id = n.instance_uuid::text OR p.reserved_for = n.id) AND ${servedSubnet(site)}`;

/** The address that DHCP gives to the card `i` of the node `n`. */
export const addressOfCard = (site: ProvisioningSite): Prisma.Sql => Prisma.sql`
  (SELECT p.ip_address ${portsOfNode(site)} AND p.mac_address = i.address ORDER BY p.created_at, p.id LIMIT 1)`;

/** The MAC of the node's card to which DHCP gives an address. */
export const servedCard = (site: ProvisioningSite): Prisma.Sql => Prisma.sql`
  (SELECT p.mac_address ${portsOfNode(site)} ORDER BY p.created_at, p.id LIMIT 1)`;

export async function provisioningSubnet(
  sql: Queries,
  site: ProvisioningSite,
): Promise<ProvisioningSubnet | undefined> {
  const [row] = await sql.$queryRaw<ProvisioningSubnet[]>(subnetOfSite(site));
  return row;
}

/** All addresses that DHCP shall give: those of nodes whose boot mode is not `none`. */
export async function bootPorts(sql: Queries, site: ProvisioningSite): Promise<BootPort[]> {
  return sql.$queryRaw<BootPort[]>`
    SELECT mac, address FROM (
      SELECT i.address AS mac, ${addressOfCard(site)} AS address
        FROM nodes n JOIN interfaces i ON i.node_id = n.id
       WHERE n.boot_mode <> 'none' AND n.deleted_at IS NULL) given
     WHERE address IS NOT NULL ORDER BY mac`;
}
