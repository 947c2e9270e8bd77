import { Inject, Injectable } from '@nestjs/common';
import { listServices, type ServiceWithState } from '@metalcast/db';
import { hypervisorNodes, type HypervisorNode } from '@metalcast/db/api';
import { ModelDatabase } from '@metalcast/db/models';
import { nodeNumber } from '../../nodes/node-number.js';
import { Nodes } from '../../nodes/nodes.js';

/** A node as a hypervisor of Nova. It is in use as a whole, or not at all. */
export interface Hypervisor {
  readonly node: HypervisorNode;
  /** The compute service under whose host the node is shown. Any live service can work on the node. */
  readonly service: ServiceWithState | undefined;
}

export type HypervisorTotals = Readonly<Record<string, number>>;

@Injectable()
export class Hypervisors {
  constructor(
    @Inject(ModelDatabase) private readonly database: ModelDatabase,
    @Inject(Nodes) private readonly nodes: Nodes,
  ) {}

  /** Sorted by id; only nodes whose uuid contains `uuidPart`. */
  async *pages(uuidPart?: string): AsyncGenerator<Hypervisor[]> {
    const services = await this.computeServices();
    for await (const nodes of this.nodes.pages(hypervisorNodes, uuidPart)) {
      yield nodes.map((node) => shown(node, services));
    }
  }

  /** Fault BAD_REQUEST: an unknown marker. */
  async page(marker: string | undefined, take: number): Promise<Hypervisor[]> {
    const services = await this.computeServices();
    const nodes = await this.nodes.page(hypervisorNodes, { marker, take });
    return nodes.map((node) => shown(node, services));
  }

  /**
   * Sums over the nodes that have a server, which count as used, and those that could get one (`unusable`), which count
   * as free.
   */
  async totals(): Promise<HypervisorTotals> {
    const [totals] = await this.database.prisma.$queryRaw<HypervisorTotals[]>`
      SELECT count(*)::float8 AS count,
             coalesce(sum(cpus), 0)::float8 AS vcpus,
             coalesce(sum(memory_mb), 0)::float8 AS memory_mb,
             coalesce(sum(local_gb), 0)::float8 AS local_gb,
             coalesce(sum(cpus) FILTER (WHERE used), 0)::float8 AS vcpus_used,
             coalesce(sum(memory_mb) FILTER (WHERE used), 0)::float8 AS memory_mb_used,
             coalesce(sum(local_gb) FILTER (WHERE used), 0)::float8 AS local_gb_used,
             coalesce(sum(memory_mb) FILTER (WHERE NOT used), 0)::float8 AS free_ram_mb,
             coalesce(sum(local_gb) FILTER (WHERE NOT used), 0)::float8 AS free_disk_gb,
             count(operation_id)::float8 AS current_workload,
             (count(*) FILTER (WHERE used))::float8 AS running_vms
        FROM (SELECT *, instance_uuid IS NOT NULL AS used FROM nodes WHERE deleted_at IS NULL) n
       WHERE used OR (bmc_reached AND EXISTS (SELECT FROM interfaces i WHERE i.node_id = n.id))`;
    return totals ?? { count: 0 };
  }

  /** By the number in lists, or by the node's uuid. Fault NOT_FOUND. */
  async find(id: string): Promise<Hypervisor> {
    const number = nodeNumber(id);
    const node = await (number === undefined
      ? this.nodes.find(id)
      : this.nodes.findNumbered(number));
    return shown(node, await this.computeServices());
  }

  private async computeServices(): Promise<ServiceWithState[]> {
    return listServices(this.database, 'nova-compute');
  }
}

function shown(node: HypervisorNode, services: readonly ServiceWithState[]): Hypervisor {
  const own = services.find(({ host }) => host === node.serviceHost);
  const enabled = services.find(({ up, disabled }) => up && !disabled);
  return { node, service: own ?? enabled ?? services.find(({ up }) => up) ?? services[0] };
}
