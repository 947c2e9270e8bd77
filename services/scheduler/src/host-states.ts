import { listServices, type Database } from '@metalcast/db';
import type { HostState } from './host-state.js';

const computeBinary = 'nova-compute';

/** Every enrolled node as it is now. */
export async function readHostStates(database: Database): Promise<HostState[]> {
  const problemOf = computeProblems(await listServices(database, computeBinary));
  const nodes = await database.prisma.node.findMany({
    where: { deletedAt: null },
    include: { _count: { select: { interfaces: true } } },
    orderBy: { id: 'asc' },
  });
  return nodes.map((node) => ({
    id: node.id,
    uuid: node.uuid,
    name: node.name,
    host: node.serviceHost,
    computeProblem: problemOf(node.serviceHost),
    cpus: node.cpus,
    memoryMb: node.memoryMb,
    localGb: node.localGb,
    cpuArch: node.cpuArch,
    availabilityZone: node.availabilityZone,
    instanceUuid: node.instanceUuid,
    taskState: node.taskState,
    maintenance: node.maintenance,
    maintenanceReason: node.maintenanceReason,
    interfaces: node._count.interfaces,
  }));
}

interface ComputeService {
  readonly host: string;
  readonly up: boolean;
  readonly disabled: boolean;
}

/**
 * Any live compute service runs any node's operations, so one dead host takes nothing out. A host that an
 * operator has disabled takes out the nodes enrolled under it, as in 2013.
 */
export function computeProblems(
  services: readonly ComputeService[],
): (host: string | null) => string | undefined {
  const anyLive = services.some(({ up, disabled }) => up && !disabled);
  const disabled = new Set(services.filter((service) => service.disabled).map(({ host }) => host));
  return (host) => {
    if (host !== null && disabled.has(host)) {
      return `belongs to the disabled compute host ${host}`;
    }
    return anyLive ? undefined : 'has no live compute service';
  };
}
