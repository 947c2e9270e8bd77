import type { Session } from '@metalcast/cloud-client';
import {
  simulatedNodeInfo,
  untilReached,
  type NodeFaultsInput,
  type NodeView,
  type SimulatedNodeInfo,
} from '@metalcast/lab';
import { type FakeBehaviour } from '@metalcast/rig';

/** The api's default limit per request (max_nodes_per_request). */
const enrolledAtOnce = 1000;

/** The simulated machines, read and given faults through the simulator's HTTP interface. */
export class Machines {
  readonly labels: readonly SimulatedNodeInfo[];

  constructor(
    private readonly control: string,
    count: number,
    bmcPort: number,
    private readonly password: string,
  ) {
    this.labels = Array.from({ length: count }, (_, index) =>
      simulatedNodeInfo(index + 1, bmcPort),
    );
  }

  get names(): string[] {
    return this.labels.map(({ name }) => name);
  }

  /** Resolves when all of them are capacity. */
  async enrol(session: Session, zones: boolean): Promise<void> {
    const all = this.labels.map((label) => this.enrolmentOf(label, zones));
    for (let from = 0; from < all.length; from += enrolledAtOnce) {
      const body = { nodes: all.slice(from, from + enrolledAtOnce) };
      const path = '/nodes:batch';
      const answer = await session.request({ api: 'metalcast', method: 'POST', path, body });
      const { failed, results } = answer as { failed: number; results: object[] };
      if (failed > 0) {
        throw new Error(`${failed} nodes were not enrolled: ${JSON.stringify(results)}`);
      }
    }
    await untilReached(session, this.names);
  }

  private enrolmentOf(label: SimulatedNodeInfo, zones: boolean): object {
    const { name, mac, memoryMb, diskMb, bmc } = label;
    return {
      name,
      ...{ cpus: 1, memory_mb: memoryMb, local_gb: Math.floor(diskMb / 1024) },
      ...(zones ? { availability_zone: name } : {}),
      power: { driver: 'fake', ...bmc, password: this.password },
      interfaces: [{ address: mac }],
    };
  }

  /** Changes the node's BMC password to its own or another one. */
  async setPassword(session: Session, name: string, password = this.password): Promise<void> {
    const body = { node: { power: { password } } };
    await session.request({ api: 'metalcast', method: 'PATCH', path: `/nodes/${name}`, body });
  }

  async see(name: string): Promise<NodeView> {
    const response = await fetch(`${this.control}/nodes/${name}`);
    return ((await response.json()) as { node: NodeView }).node;
  }

  async seeAll(): Promise<NodeView[]> {
    const response = await fetch(`${this.control}/nodes`);
    return ((await response.json()) as { nodes: NodeView[] }).nodes;
  }

  /** Sets exactly these faults; `{}` removes all. */
  break(name: string, faults: NodeFaultsInput): Promise<void> {
    return this.put(`/nodes/${name}/faults`, faults);
  }

  breakBmc(name: string, behaviour: Partial<FakeBehaviour>): Promise<void> {
    return this.put(`/nodes/${name}/bmc`, behaviour);
  }

  async repairAll(): Promise<void> {
    for (const name of this.names) {
      await this.break(name, {});
      await this.breakBmc(name, {});
    }
  }

  private async put(path: string, body: object): Promise<void> {
    const response = await fetch(`${this.control}${path}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!response.ok) {
      throw new Error(`the simulator refuses ${path}: ${await response.text()}`);
    }
  }
}
