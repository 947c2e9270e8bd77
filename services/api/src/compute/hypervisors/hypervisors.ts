import { listServices, type Database, type ServiceWithState } from '@metalcast/db';
import type { Nodes } from '../../nodes/nodes.js';
import { type EnrolledNode } from '../../nodes/nodes.js';

/** A node as Nova's hypervisor: whole or not at all in use. */
export interface Hypervisor {
  readonly node: EnrolledNode;
  /** Compute service under whose host it is shown; any live one runs its operations. */
  readonly service: ServiceWithState | undefined;
}

export class Hypervisors {
  constructor(
    private readonly database: Database,
    private readonly nodes: Nodes,
  ) {}

  async list(): Promise<Hypervisor[]> {
    const services = await this.computeServices();
    return (await this.nodes.list()).map((node) => shown(node, services));
  }

  /** By integer id, or by the node's uuid. Fault NOT_FOUND. */
  async find(id: string): Promise<Hypervisor> {
    return shown(await this.nodes.find(id), await this.computeServices());
  }

  private async computeServices(): Promise<ServiceWithState[]> {
    return listServices(this.database, 'nova-compute');
  }
}

function shown(node: EnrolledNode, services: readonly ServiceWithState[]): Hypervisor {
  const own = services.find(({ host }) => host === node.serviceHost);
  return { node, service: own ?? services.find(({ up }) => up) ?? services[0] };
}
