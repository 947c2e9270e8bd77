// Reads servers for answers. Secret and large columns are never read.
import type { FlavorSnapshot } from '@metalcast/contracts';
import { listServices, Prisma, type Instance } from '@metalcast/db';
import type { ModelDatabase } from '@metalcast/db/models';
import { byCard, cardOfPort } from '@metalcast/db/network';
import { zonesOfNodes } from '@metalcast/db/placement';

export type ServerName = Pick<Instance, 'id' | 'uuid' | 'displayName'>;

/** The columns of a server that answers show. */
export type ShownInstance = ServerName &
  Pick<
    Instance,
    | 'userId'
    | 'projectId'
    | 'displayDescription'
    | 'hostname'
    | 'reservationId'
    | 'launchIndex'
    | 'imageRef'
    | 'kernelId'
    | 'ramdiskId'
    | 'keyName'
    | 'metadata'
    | 'availabilityZone'
    | 'configDrive'
    | 'vmState'
    | 'taskState'
    | 'powerState'
    | 'progress'
    | 'host'
    | 'node'
    | 'fault'
    | 'accessIpV4'
    | 'accessIpV6'
    | 'createdAt'
    | 'updatedAt'
    | 'launchedAt'
    | 'terminatedAt'
  > & {
    /** As it was at the time of the request. */
    readonly flavor: FlavorSnapshot;
  };

export interface ServerPort {
  readonly network: string;
  readonly ipAddress: string | null;
  readonly macAddress: string;
}

export interface ServerWithPorts {
  readonly instance: ShownInstance;
  /** The zone of its node, once it has one. */
  readonly zone: string | undefined;
  /** The state of its compute host in Nova's words; empty without a host. */
  readonly hostStatus: string;
  readonly ports: readonly ServerPort[];
}

export const nameColumns = Prisma.raw('id, uuid, display_name AS "displayName"');

export const shownColumns = Prisma.raw(`
  id, uuid, display_name AS "displayName", user_id AS "userId", project_id AS "projectId", display_description AS "displayDescription",
  hostname, reservation_id AS "reservationId", launch_index AS "launchIndex", image_ref AS "imageRef", kernel_id AS "kernelId",
  ramdisk_id AS "ramdiskId", key_name AS "keyName", metadata, availability_zone AS "availabilityZone",
  config_drive AS "configDrive", vm_state AS "vmState", task_state AS "taskState", power_state AS "powerState", progress, host, node,
  fault, access_ip_v4 AS "accessIpV4", access_ip_v6 AS "accessIpV6", created_at AS "createdAt", updated_at AS "updatedAt",
  launched_at AS "launchedAt", terminated_at AS "terminatedAt", flavor`);

/** Adds zones, host states and ports. Three statements for any number of servers. */
export async function withSurroundings(
  database: ModelDatabase,
  instances: readonly ShownInstance[],
): Promise<ServerWithPorts[]> {
  const uuids = instances.map(({ uuid }) => uuid);
  const nodes = instances.flatMap(({ node }) => node ?? []);
  const [ports, zones, services] = await Promise.all([
    portsOf(database, uuids),
    zonesOfNodes(database, nodes),
    listServices(database, 'nova-compute'),
  ]);
  const byHost = new Map(services.map((service) => [service.host, service]));
  return instances.map((instance) => ({
    instance,
    zone: zones.get(instance.node ?? ''),
    hostStatus: instance.host === null ? '' : statusOf(byHost.get(instance.host)),
    ports: ports.get(instance.uuid) ?? [],
  }));
}

async function portsOf(
  database: ModelDatabase,
  uuids: readonly string[],
): Promise<ReadonlyMap<string, readonly ServerPort[]>> {
  const rows = await database.sql.$queryRaw<(ServerPort & { deviceId: string })[]>(Prisma.sql`
    SELECT p.device_id AS "deviceId", n.name AS network, p.ip_address AS "ipAddress", p.mac_address AS "macAddress"
      FROM ports p JOIN networks n ON n.id = p.network_id ${cardOfPort}
     WHERE p.device_id = ANY (${[...uuids]}::text[]) ORDER BY ${byCard}`);
  const byServer = new Map<string, ServerPort[]>();
  for (const row of rows) {
    const ports = byServer.get(row.deviceId) ?? [];
    ports.push(row);
    byServer.set(row.deviceId, ports);
  }
  return byServer;
}

function statusOf(
  service: { readonly up: boolean; readonly disabled: boolean } | undefined,
): string {
  if (service === undefined) {
    return 'UNKNOWN';
  }
  return service.disabled ? 'MAINTENANCE' : service.up ? 'UP' : 'DOWN';
}
