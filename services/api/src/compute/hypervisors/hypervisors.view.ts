import type { Microversion } from '../../http/routing/microversion.js';
import type { Hypervisor } from './hypervisors.js';
import { unusable } from './unusable.js';

export function hypervisorSummary({ node, service }: Hypervisor): object {
  const isUsable = unusable(node) === undefined;
  const isEnabled = service !== undefined && !service.disabled && !node.maintenance && isUsable;
  return {
    id: node.id,
    hypervisor_hostname: node.uuid,
    state: service?.up === true && isUsable ? 'up' : 'down',
    status: isEnabled ? 'enabled' : 'disabled',
  };
}

/**
 * A node with a server is fully used, a node without one not at all. One literal, because spreads cost most of the time
 * of a list.
 */
export function hypervisorView(hypervisor: Hypervisor, version: Microversion): object {
  const { node, service } = hypervisor;
  const used = node.instanceUuid === null ? 0 : 1;
  return Object.assign(hypervisorSummary(hypervisor), {
    vcpus: node.cpus,
    memory_mb: node.memoryMb,
    local_gb: node.localGb,
    vcpus_used: node.cpus * used,
    memory_mb_used: node.memoryMb * used,
    local_gb_used: node.localGb * used,
    free_ram_mb: node.memoryMb * (1 - used),
    free_disk_gb: node.localGb * (1 - used),
    current_workload: node.operationId === null ? 0 : 1,
    running_vms: used,
    hypervisor_type: 'baremetal',
    hypervisor_version: 1,
    host_ip: null,
    disk_available_least: null,
    cpu_info: version.since(28) ? cpuInfo : cpuInfoText,
    service: {
      id: service?.id ?? null,
      // Clients look for the name of a cell in it, and fail without a text.
      host: service?.host ?? '',
      disabled_reason: service?.disabledReason ?? unusable(node) ?? null,
    },
  });
}

const cpuInfo = { model: 'baremetal cpu' };
const cpuInfoText = JSON.stringify(cpuInfo);
