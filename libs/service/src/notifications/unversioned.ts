import type { FaultRecord } from '@metalcast/domain';
import type { NotifiedPort } from '@metalcast/db/notifications';
import { imageProperty, type NotifiedInstance } from './notified-instance.js';

type Payload = Readonly<Record<string, unknown>>;

/** Payload of `compute.instance.*` as of 2013 and, unversioned, today (spec 1.7). */
export function unversionedPayload(notified: NotifiedInstance): Payload {
  const { instance, flavor, image, ports, zone } = notified;
  return {
    tenant_id: instance.projectId,
    user_id: instance.userId,
    instance_id: instance.uuid,
    display_name: instance.displayName,
    reservation_id: instance.reservationId,
    hostname: instance.hostname,
    instance_type: flavor.name,
    instance_type_id: flavor.id,
    instance_flavor_id: flavor.flavorid,
    architecture: imageProperty(image, 'architecture'),
    memory_mb: instance.memoryMb,
    disk_gb: instance.rootGb + instance.ephemeralGb,
    vcpus: instance.vcpus,
    root_gb: instance.rootGb,
    ephemeral_gb: instance.ephemeralGb,
    host: instance.host,
    node: instance.node,
    availability_zone: zone,
    cell_name: '',
    created_at: pythonTime(instance.createdAt),
    terminated_at: microTime(instance.terminatedAt),
    deleted_at: microTime(instance.deletedAt),
    launched_at: microTime(instance.launchedAt),
    // Only the catalog knows the whole URL; Nova then sends the bare id.
    image_ref_url: instance.imageRef,
    os_type: imageProperty(image, 'os_type'),
    kernel_id: instance.kernelId ?? '',
    ramdisk_id: instance.ramdiskId ?? '',
    state: instance.vmState,
    state_description: instance.taskState ?? '',
    progress: instance.progress === 0 ? '' : instance.progress,
    access_ip_v4: instance.accessIpV4,
    access_ip_v6: instance.accessIpV6,
    fixed_ips: ports.flatMap((port) => fixedIp(port) ?? []),
    image_meta: imageMeta(notified),
    metadata: instance.metadata,
  };
}

/** The extra fields of a create.* notification (spec 1.7). */
export const creation = ({ image }: NotifiedInstance, message: string): Payload => ({
  image_name: image.name ?? '',
  message,
});

export const exception = ({ code, message }: FaultRecord): Payload => ({
  exception: `${code}: ${message}`,
});

function fixedIp({ ipAddress, macAddress, network }: NotifiedPort): Payload | undefined {
  return ipAddress === null
    ? undefined
    : {
        address: ipAddress,
        type: 'fixed',
        version: 4,
        meta: {},
        floating_ips: [],
        label: network.name,
        vif_mac: macAddress,
      };
}

const imageMeta = ({ image }: NotifiedInstance): Payload => ({
  ...image.properties,
  base_image_ref: image.id,
  disk_format: image.disk_format,
  container_format: 'bare',
  min_disk: String(image.min_disk),
  min_ram: String(image.min_ram),
});

/** `2012-10-29 13:42:11+00:00`, Python's format of a time. */
const pythonTime = (at: Date): string => `${at.toISOString().slice(0, 19).replace('T', ' ')}+00:00`;

/** `2012-10-29T13:42:11.000000`, UTC; empty when there is no time. */
const microTime = (at: Date | null): string =>
  at === null ? '' : at.toISOString().replace('Z', '000');
