// What the boot service reads and writes of a node's network boot.
import type { Sql } from './database.js';

/** The provisioning network that a boot service serves, seen from its own address on it. */
export interface ProvisioningSite {
  readonly address: string;
  /** Restricts it to this network, where several hold the address. */
  readonly networkId?: string | undefined;
}

export interface ProvisioningSubnet {
  readonly cidr: string;
  readonly gatewayIp: string | null;
  readonly dnsNameservers: readonly string[];
  readonly mtu: number;
}

/** A NIC of a node with the address it has on the provisioning network. */
export interface BootPort {
  readonly node: string;
  readonly mac: string;
  readonly address: string;
}

export interface BootNode {
  readonly id: number;
  readonly uuid: string;
  readonly epoch: number;
  readonly bootMode: string;
  readonly bootTry: number;
  readonly instanceUuid: string | null;
}

/** The node that a MAC belongs to, and the address that this MAC was given. */
export interface BootNodeByMac extends BootNode {
  readonly mac: string;
  readonly address: string | null;
}

/** The subnet with DHCP that the site's address lies in; undefined while there is none. */
export async function provisioningSubnet(
  sql: Sql,
  { address, networkId }: ProvisioningSite,
): Promise<ProvisioningSubnet | undefined> {
  const [row] = await sql.$queryRaw<ProvisioningSubnet[]>`
    SELECT s.cidr, s.gateway_ip AS "gatewayIp", s.dns_nameservers AS "dnsNameservers", n.mtu
      FROM subnets s JOIN networks n ON n.id = s.network_id
     WHERE s.enable_dhcp AND ${address}::inet <<= s.cidr::inet
       AND (${networkId ?? null}::uuid IS NULL OR s.network_id = ${networkId ?? null}::uuid)
     ORDER BY s.created_at, s.id LIMIT 1`;
  return row;
}

/**
 * The addresses that DHCP shall give: those of ports that a node's instance uses or that are kept for
 * the node, while its boot mode is not `none`. Of one node, or of all.
 */
export async function bootPorts(
  sql: Sql,
  { address, networkId }: ProvisioningSite,
  nodeUuid?: string,
): Promise<BootPort[]> {
  return sql.$queryRaw<BootPort[]>`
    SELECT n.uuid::text AS node, i.address AS mac, p.ip_address AS address
      FROM nodes n
      JOIN interfaces i ON i.node_id = n.id
      JOIN ports p ON p.mac_address = i.address
       AND (p.device_id = n.instance_uuid::text OR p.reserved_for = n.id)
      JOIN subnets s ON s.id = p.subnet_id
     WHERE n.boot_mode <> 'none' AND n.deleted_at IS NULL AND p.ip_address IS NOT NULL
       AND s.enable_dhcp AND ${address}::inet <<= s.cidr::inet
       AND (${networkId ?? null}::uuid IS NULL OR s.network_id = ${networkId ?? null}::uuid)
       AND (${nodeUuid ?? null}::uuid IS NULL OR n.uuid = ${nodeUuid ?? null}::uuid)
     ORDER BY i.address`;
}

/** All MACs of the node, with or without an address. */
export async function macsOfNode(sql: Sql, nodeUuid: string): Promise<string[]> {
  const rows = await sql.$queryRaw<{ address: string }[]>`
    SELECT i.address FROM interfaces i JOIN nodes n ON n.id = i.node_id
     WHERE n.uuid = ${nodeUuid}::uuid`;
  return rows.map(({ address }) => address);
}

export async function bootNode(sql: Sql, nodeUuid: string): Promise<BootNode | undefined> {
  const [row] = await sql.$queryRaw<BootNode[]>`
    SELECT id, uuid::text, epoch, boot_mode AS "bootMode", boot_try AS "bootTry",
           instance_uuid::text AS "instanceUuid"
      FROM nodes WHERE uuid = ${nodeUuid}::uuid AND deleted_at IS NULL`;
  return row;
}

/** The node that the instance is on; undefined when it is on none. */
export async function bootNodeOfInstance(
  sql: Sql,
  instanceUuid: string,
): Promise<BootNode | undefined> {
  const [row] = await sql.$queryRaw<BootNode[]>`
    SELECT id, uuid::text, epoch, boot_mode AS "bootMode", boot_try AS "bootTry",
           instance_uuid::text AS "instanceUuid"
      FROM nodes WHERE instance_uuid = ${instanceUuid}::uuid AND deleted_at IS NULL`;
  return row;
}

/** Locks the node's row to the end of the transaction; undefined when its epoch is another. */
export async function lockBootNode(
  sql: Sql,
  nodeUuid: string,
  epoch: number,
): Promise<BootNode | undefined> {
  const [row] = await sql.$queryRaw<BootNode[]>`
    SELECT id, uuid::text, epoch, boot_mode AS "bootMode", boot_try AS "bootTry",
           instance_uuid::text AS "instanceUuid"
      FROM nodes WHERE uuid = ${nodeUuid}::uuid AND epoch = ${epoch} AND deleted_at IS NULL
       FOR UPDATE`;
  return row;
}

export async function bootNodeByMac(
  sql: Sql,
  { address, networkId }: ProvisioningSite,
  mac: string,
): Promise<BootNodeByMac | undefined> {
  const [row] = await sql.$queryRaw<BootNodeByMac[]>`
    SELECT n.id, n.uuid::text, n.epoch, n.boot_mode AS "bootMode", n.boot_try AS "bootTry",
           n.instance_uuid::text AS "instanceUuid", i.address AS mac,
           (SELECT p.ip_address FROM ports p JOIN subnets s ON s.id = p.subnet_id
             WHERE p.mac_address = i.address
               AND (p.device_id = n.instance_uuid::text OR p.reserved_for = n.id)
               AND s.enable_dhcp AND ${address}::inet <<= s.cidr::inet
               AND (${networkId ?? null}::uuid IS NULL OR s.network_id = ${networkId ?? null}::uuid)
             ORDER BY p.created_at LIMIT 1) AS address
      FROM interfaces i JOIN nodes n ON n.id = i.node_id
     WHERE i.address = ${mac} AND n.deleted_at IS NULL`;
  return row;
}

/**
 * Counts a deploy boot: `boot_try + 1`, the token of the try before void. Undefined when the node's
 * epoch or boot mode has changed.
 */
export async function countDeployBoot(
  sql: Sql,
  { id, epoch }: Pick<BootNode, 'id' | 'epoch'>,
): Promise<number | undefined> {
  const [row] = await sql.$queryRaw<{ bootTry: number }[]>`
    UPDATE nodes SET boot_try = boot_try + 1, boot_token_hash = NULL
     WHERE id = ${id} AND epoch = ${epoch} AND boot_mode = 'deploy'
    RETURNING boot_try AS "bootTry"`;
  return row?.bootTry;
}

/** Stores a new token's hash for the boot under way; false when there is none (any more). */
export async function storeTokenHash(
  sql: Sql,
  { id, epoch, bootTry }: Pick<BootNode, 'id' | 'epoch' | 'bootTry'>,
  hash: string,
): Promise<boolean> {
  const changed = await sql.$executeRaw`
    UPDATE nodes SET boot_token_hash = ${hash}
     WHERE id = ${id} AND epoch = ${epoch} AND boot_mode = 'deploy'
       AND boot_try = ${bootTry} AND boot_try > 0`;
  return changed === 1;
}

/** Begins the deploy boots of an epoch at 0, once: a repeat, and an epoch already prepared, change nothing. */
export async function beginDeployEpoch(
  sql: Sql,
  { id, uuid, epoch }: Pick<BootNode, 'id' | 'uuid' | 'epoch'>,
): Promise<void> {
  await sql.$executeRaw`
    UPDATE nodes SET boot_try = 0, boot_token_hash = NULL
     WHERE id = ${id} AND epoch = ${epoch} AND boot_try <> 0
       AND NOT EXISTS (SELECT FROM events e
                        WHERE e.subject = ${uuid} AND e.epoch = ${epoch}
                          AND e.type = 'boot.prepared' AND e.data ->> 'boot_mode' = 'deploy')`;
}

/** Deploy boots served in this epoch since its ramdisk last reported to a helper. */
export async function deployBootsWithoutProgress(
  sql: Sql,
  { uuid, epoch }: Pick<BootNode, 'uuid' | 'epoch'>,
): Promise<number> {
  const [row] = await sql.$queryRaw<{ tries: bigint }[]>`
    SELECT count(*) AS tries FROM events
     WHERE subject = ${uuid} AND epoch = ${epoch} AND type = 'boot.script'
       AND data ->> 'mode' = 'deploy'
       AND n > coalesce((SELECT max(n) FROM events
                          WHERE subject = ${uuid} AND epoch = ${epoch} AND type = 'agent.hello'), 0)`;
  return Number(row?.tries ?? 0);
}

/** Whether the event was recorded in this epoch since its last deploy boot was served: once per try. */
export async function recordedInThisTry(
  sql: Sql,
  { uuid, epoch }: Pick<BootNode, 'uuid' | 'epoch'>,
  type: string,
): Promise<boolean> {
  const [row] = await sql.$queryRaw<{ recorded: boolean }[]>`
    SELECT EXISTS (
      SELECT FROM events
       WHERE subject = ${uuid} AND epoch = ${epoch} AND type = ${type}
         AND n > coalesce((SELECT max(n) FROM events
                            WHERE subject = ${uuid} AND epoch = ${epoch} AND type = 'boot.script'
                              AND data ->> 'mode' = 'deploy'), 0)) AS recorded`;
  return row?.recorded === true;
}

/** The number by which the BIOS of the node starts from the disk that was written in this epoch; undefined: not known. */
export async function biosDriveOfNode(
  sql: Sql,
  { id: nodeId, epoch }: Pick<BootNode, 'id' | 'epoch'>,
): Promise<number | undefined> {
  const row = await sql.deployment.findUnique({
    where: { nodeId_epoch: { nodeId, epoch } },
    select: { biosDrive: true },
  });
  return row?.biosDrive ?? undefined;
}

/** Flavor snapshot of the instance, as stored. */
export async function flavorOfInstance(sql: Sql, instanceUuid: string): Promise<unknown> {
  const row = await sql.instance.findUnique({
    where: { uuid: instanceUuid },
    select: { flavor: true },
  });
  return row?.flavor;
}
