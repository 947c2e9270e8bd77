import type { ShownNode, ShownPowerCommand } from '@metalcast/db/api';
import {
  isClaimable,
  nodeState,
  nodeStateOf,
  powerStates,
  type NodeState,
} from '@metalcast/domain';
import { namedFault, type NamedNode } from './named-fault.js';

const powerNames: Readonly<Record<number, string>> = {
  [powerStates.running]: 'on',
  [powerStates.shutdown]: 'off',
};

/** A free node is available, whether it had a server or not: `deleted` is the word of 2013 for its last one. */
const shownState = ({ taskState }: ShownNode): NodeState =>
  isClaimable(taskState) ? nodeState.available : nodeStateOf(taskState);

/** How a power command stands, or has ended. */
export const powerCommandView = (command: ShownPowerCommand, node: NamedNode): object => ({
  key: command.key,
  target: command.target,
  state: command.state,
  fault: namedFault(command.fault, node),
  created_at: new Date(command.createdAt),
  finished_at: command.finishedAt === null ? null : new Date(command.finishedAt),
});

/** Everything about a node except its password. */
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
  // The servers whose data is on its disks, until a deployment empties them.
  data_of: node.dataOf,
  state: shownState(node),
  epoch: node.epoch,
  instance_uuid: node.instanceUuid,
  operation_id: node.operationId,
  boot_mode: node.bootMode,
  boot_try: node.bootTry,
  fault: namedFault(node.fault, node),
  power: {
    state: powerNames[node.powerState ?? powerStates.nostate] ?? 'unknown',
    observed_at: node.powerStateAt,
    // Since the node was enrolled or its BMC changed; before that it is no capacity.
    reached: node.bmcReached,
    fault: namedFault(node.powerFault, node),
    driver: node.powerDriver,
    address: node.pmAddress,
    user: node.pmUser,
    options: node.pmOptions,
    last_command: node.powerCommand === null ? null : powerCommandView(node.powerCommand, node),
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
