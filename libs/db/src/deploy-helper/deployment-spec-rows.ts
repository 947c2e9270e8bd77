import type { Database } from '../database/database.js';
import type { Deployment, Instance, Port, Subnet } from '../generated/client.js';
import { byCard, cardOfPort } from '../network/port-order.js';
import { Prisma } from '../sql/prisma.js';

/** What of a server makes its disk. Ciphertexts among it. */
export type DeploymentInstance = Pick<
  Instance,
  | 'uuid'
  | 'displayName'
  | 'hostname'
  | 'projectId'
  | 'launchIndex'
  | 'availabilityZone'
  | 'kernelId'
  | 'ramdiskId'
  | 'image'
  | 'flavor'
  | 'rootGb'
  | 'keyName'
  | 'keyData'
  | 'metadata'
  | 'configDrive'
  | 'userData'
  | 'injectedFiles'
  | 'adminPass'
>;

/** A port of the server, with its subnet and its network's MTU. */
export interface DeploymentPort {
  readonly port: Pick<Port, 'id' | 'networkId' | 'macAddress' | 'ipAddress'>;
  readonly subnet: Pick<Subnet, 'cidr' | 'gatewayIp' | 'enableDhcp' | 'dnsNameservers'> | null;
  readonly mtu: number;
}

export interface DeploymentSpecRows {
  readonly instance: DeploymentInstance;
  readonly ports: readonly DeploymentPort[];
}

/**
 * The server that is on the deployment's node, with its ports; undefined: there is none, or the node is in another
 * epoch.
 */
export async function readDeploymentSpecRows(
  database: Database,
  { nodeId, epoch }: Pick<Deployment, 'nodeId' | 'epoch'>,
): Promise<DeploymentSpecRows | undefined> {
  const [row] = await database.statement<DeploymentInstance & { ports: DeploymentPort[] }>(
    'read_deployment_brief',
    Prisma.sql`
      SELECT i.uuid, i.display_name AS "displayName", i.hostname, i.project_id AS "projectId", i.launch_index AS "launchIndex",
             i.availability_zone AS "availabilityZone", i.kernel_id AS "kernelId", i.ramdisk_id AS "ramdiskId",
             i.image, i.flavor, i.root_gb AS "rootGb", i.key_name AS "keyName", i.key_data AS "keyData", i.metadata,
             i.config_drive AS "configDrive", i.user_data AS "userData", i.injected_files AS "injectedFiles",
             i.admin_pass AS "adminPass",
             (SELECT coalesce(jsonb_agg(jsonb_build_object(
                       'port', jsonb_build_object('id', p.id, 'networkId', p.network_id, 'macAddress', p.mac_address, 'ipAddress', p.ip_address),
                       'subnet', CASE WHEN s.id IS NOT NULL THEN jsonb_build_object('cidr', s.cidr, 'gatewayIp', s.gateway_ip,
                         'enableDhcp', s.enable_dhcp, 'dnsNameservers', s.dns_nameservers) END,
                       'mtu', w.mtu) ORDER BY ${byCard}), '[]')
                FROM ports p JOIN networks w ON w.id = p.network_id LEFT JOIN subnets s ON s.id = p.subnet_id ${cardOfPort}
               WHERE p.device_id = i.uuid::text) AS ports
        FROM nodes n JOIN instances i ON i.uuid = n.instance_uuid
       WHERE n.id = ${nodeId} AND n.epoch = ${epoch}`,
  );
  if (row === undefined) {
    return undefined;
  }
  const { ports, ...instance } = row;
  return { instance, ports };
}
