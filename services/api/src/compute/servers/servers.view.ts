import { createHash } from 'node:crypto';
import { faultRecord } from '@metalcast/contracts';
import {
  defaultZone,
  faults,
  isFaultCode,
  novaInstanceName,
  statusOf,
  type TaskState,
  type VmState,
} from '@metalcast/domain';
import { readsDetails, toldFault } from '../../faults/told-fault.js';
import type { Caller } from '../../http/access/caller.js';
import type { Links } from '../../http/answers/links.js';
import type { Microversion } from '../../http/routing/microversion.js';
import { openstackTime } from '../../http/answers/openstack-time.js';
import { isAllowed } from '../../policy/policy.js';
import type { ServerName, ServerWithPorts, ShownInstance } from './server-rows.js';

export const serverLinks = (links: Links, uuid: string): object[] => [
  { rel: 'self', href: links.at('compute', 'v2.1', 'servers', uuid) },
  { rel: 'bookmark', href: links.at('compute', 'servers', uuid) },
];

export const serverSummary = (links: Links, { uuid, displayName }: ServerName): object => ({
  id: uuid,
  name: displayName,
  links: serverLinks(links, uuid),
});

/**
 * All of a server (Compute API, "Show Server Details"). One literal with additions, because spreads cost most of the
 * time of a list.
 */
export function serverView(
  links: Links,
  server: ServerWithPorts,
  { caller, version }: { caller: Caller; version: Microversion },
): object {
  const { instance } = server;
  const status = statusOf(instance.vmState as VmState, instance.taskState as TaskState | null);
  const view = {
    id: instance.uuid,
    name: instance.displayName,
    links: serverLinks(links, instance.uuid),
    status,
    tenant_id: instance.projectId,
    user_id: instance.userId,
    metadata: instance.metadata,
    hostId: hostId(instance),
    image: {
      id: instance.imageRef,
      links: [{ rel: 'bookmark', href: links.at('compute', 'images', instance.imageRef) }],
    },
    flavor: version.since(47) ? wholeFlavor(instance) : flavorLink(links, instance),
    created: openstackTime(instance.createdAt),
    updated: openstackTime(instance.updatedAt),
    addresses: addresses(server),
    accessIPv4: instance.accessIpV4 ?? '',
    accessIPv6: instance.accessIpV6 ?? '',
    config_drive: instance.configDrive ? 'True' : '',
    key_name: instance.keyName,
    security_groups: [{ name: 'default' }],
    'OS-DCF:diskConfig': 'MANUAL',
    'OS-EXT-AZ:availability_zone': zoneOf(server),
    'OS-EXT-STS:task_state': instance.taskState,
    'OS-EXT-STS:vm_state': instance.vmState,
    'OS-EXT-STS:power_state': instance.powerState,
    'OS-SRV-USG:launched_at': microTime(instance.launchedAt),
    'OS-SRV-USG:terminated_at': microTime(instance.terminatedAt),
    'os-extended-volumes:volumes_attached': [],
  };
  return Object.assign(
    view,
    ['ACTIVE', 'BUILD'].includes(status) ? { progress: instance.progress } : undefined,
    faultView(instance, status, caller),
    version.since(9) ? { locked: false } : undefined,
    version.since(19) ? { description: instance.displayDescription } : undefined,
    version.since(26) ? { tags: [] } : undefined,
    isAllowed('os_compute_api:os-extended-server-attributes', caller)
      ? administratorsView(server, version)
      : undefined,
  ) as object;
}

const flavorLink = (links: Links, { flavor: { flavorid } }: ShownInstance): object => ({
  id: flavorid,
  links: [{ rel: 'bookmark', href: links.at('compute', 'flavors', flavorid) }],
});

const wholeFlavor = ({ flavor }: ShownInstance): object => ({
  original_name: flavor.name,
  vcpus: flavor.vcpus,
  ram: flavor.memory_mb,
  disk: flavor.root_gb,
  ephemeral: flavor.ephemeral_gb,
  swap: flavor.swap,
  extra_specs: flavor.extra_specs,
});

/** The zone of its host, or else the zone that was asked for. Every host is in a zone. */
const zoneOf = ({ zone, instance }: ServerWithPorts): string =>
  zone ?? instance.availabilityZone ?? (instance.host === null ? '' : defaultZone);

const administratorsView = (
  { instance, hostStatus }: ServerWithPorts,
  version: Microversion,
): object =>
  Object.assign(
    placeView(instance),
    version.since(3) ? attributes(instance) : undefined,
    version.since(16) ? { host_status: hostStatus } : undefined,
  );

const placeView = (instance: ShownInstance): object => ({
  'OS-EXT-SRV-ATTR:host': instance.host,
  'OS-EXT-SRV-ATTR:hypervisor_hostname': instance.node,
  'OS-EXT-SRV-ATTR:instance_name': novaInstanceName(instance.id),
});

/** User data is secret and never shown. */
const attributes = (instance: ShownInstance): object => ({
  'OS-EXT-SRV-ATTR:reservation_id': instance.reservationId,
  'OS-EXT-SRV-ATTR:launch_index': instance.launchIndex,
  'OS-EXT-SRV-ATTR:hostname': instance.hostname,
  'OS-EXT-SRV-ATTR:kernel_id': instance.kernelId ?? '',
  'OS-EXT-SRV-ATTR:ramdisk_id': instance.ramdiskId ?? '',
  'OS-EXT-SRV-ATTR:root_device_name': null,
  'OS-EXT-SRV-ATTR:user_data': null,
});

const microTime = (time: Date | null): string | null =>
  time === null ? null : time.toISOString().replace('Z', '000');

const hostId = ({ projectId, host }: ShownInstance): string =>
  host === null ? '' : createHash('sha224').update(`${projectId}${host}`).digest('hex');

function addresses({ ports }: ServerWithPorts): Record<string, object[]> {
  const byNetwork = new Map<string, object[]>();
  for (const { network, ipAddress, macAddress } of ports) {
    byNetwork.set(network, [
      ...(byNetwork.get(network) ?? []),
      {
        addr: ipAddress,
        version: 4,
        'OS-EXT-IPS:type': 'fixed',
        'OS-EXT-IPS-MAC:mac_addr': macAddress,
      },
    ]);
  }
  return Object.fromEntries(byNetwork);
}

/** The whole fault for administrators; others read its code and what is told of it. */
function faultView(instance: ShownInstance, status: string, caller: Caller): object {
  const stored = faultRecord.safeParse(instance.fault);
  if (status !== 'ERROR' || !stored.success) {
    return {};
  }
  const { code, message, evidence = [], phase } = stored.data;
  const about = {
    code: isFaultCode(code) ? faults[code].http : 500,
    created: openstackTime(instance.updatedAt),
  };
  if (!readsDetails(caller)) {
    return { fault: { ...about, message: `${toldFault(stored.data).message} (${code})` } };
  }
  const details = [`${code}${phase === undefined ? '' : ` in ${phase}`}`, ...evidence].join('\n');
  return { fault: { ...about, message, details } };
}
