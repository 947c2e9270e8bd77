import type { ShownNode } from '@metalcast/db/api';
import { nodeStateOf, powerStates } from '@metalcast/domain';
import { namedFault } from './named-fault.js';

const powerNames: Readonly<Record<number, string>> = {
  [powerStates.running]: 'on',
  [powerStates.shutdown]: 'off',
};

/** All that there is to know of a node but its password. */
export const nodeView = (node: ShownNode): object => ({
  uuid: node.uuid,
  name: node.name,
  service_host: node.serviceHost,
  cpus: node.cpus,
  memory_mb: node.memoryMb,
  local_gb: node.localGb,
  cpu_arch: node.cpuArch,
  availability_zone: node.availabilityZone,
  resource_class: node.resourceClass,
  rack: node.rack,
  power_feed: node.powerFeed,
  switch: node.switchName,
  traits: node.traits,
  capabilities: node.capabilities,
  root_device: node.rootDevice,
  keep_disks: node.keepDisks,
  maintenance: node.maintenance,
  maintenance_reason: node.maintenanceReason,
  quarantined: node.quarantined,
  quarantine_reason: node.quarantineReason,
  failures: node.failures,
  failed_at: node.failedAt,
  last_used_at: node.lastUsedAt,
  // Servers of which its disks hold data, until a deploy empties them.
  data_of: node.dataOf,
  state: nodeStateOf(node.taskState),
  epoch: node.epoch,
  instance_uuid: node.instanceUuid,
  operation_id: node.operationId,
  boot_mode: node.bootMode,
  boot_try: node.bootTry,
  fault: namedFault(node.fault, node),
  power: {
    state: powerNames[node.powerState ?? powerStates.nostate] ?? 'unknown',
    observed_at: node.powerStateAt,
    fault: namedFault(node.powerFault, node),
    driver: node.powerDriver,
    address: node.pmAddress,
    user: node.pmUser,
    options: node.pmOptions,
  },
  interfaces: node.interfaces.map(({ id, address, datapathId, portNo, pxe, vifUuid }) => ({
    id,
    address,
    datapath_id: datapathId,
    port_no: portNo,
    pxe,
    vif_uuid: vifUuid,
  })),
  version: node.version,
  created_at: node.createdAt,
  updated_at: node.updatedAt,
});
