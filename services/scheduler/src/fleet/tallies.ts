import { isNodeAtRest } from '@metalcast/domain';
import { hostName, type HostState } from './host-state.js';

interface Share {
  nodes: number;
  taken: number;
}

/** Counts used nodes among the nodes that share a domain (a rack, a power feed). */
export class ShareTally {
  private readonly shares = new Map<string, Share>();

  constructor(private readonly of: (host: HostState) => string | null) {}

  count(host: HostState, by: 1 | -1): void {
    const name = this.of(host);
    if (name === null) {
      return;
    }
    const share = this.shares.get(name) ?? { nodes: 0, taken: 0 };
    share.nodes += by;
    share.taken += host.instanceUuid === null ? 0 : by;
    if (share.nodes === 0) {
      this.shares.delete(name);
    } else {
      this.shares.set(name, share);
    }
  }

  /** Share of used nodes in the host's domain, from 0 to 1; 0 for a node without a domain. */
  taken(host: HostState): number {
    const share = this.shares.get(this.of(host) ?? '');
    return share === undefined ? 0 : share.taken / share.nodes;
  }
}

interface Load {
  servers: number;
  builds: number;
  readonly flavors: Map<string, number>;
}

/** Counts servers and work per compute host. */
export class HostTally {
  private readonly loads = new Map<string, Load>();

  count(host: HostState, by: 1 | -1): void {
    if (host.instanceUuid === null) {
      return;
    }
    const name = hostName(host);
    const load = this.loads.get(name) ?? {
      servers: 0,
      builds: 0,
      flavors: new Map<string, number>(),
    };
    load.servers += by;
    load.builds += isNodeAtRest(host.taskState) ? 0 : by;
    const { instanceFlavor: flavor } = host;
    if (flavor !== null) {
      const left = (load.flavors.get(flavor) ?? 0) + by;
      if (left > 0) {
        load.flavors.set(flavor, left);
      } else {
        load.flavors.delete(flavor);
      }
    }
    if (load.servers === 0) {
      this.loads.delete(name);
    } else {
      this.loads.set(name, load);
    }
  }

  servers(host: HostState): number {
    return this.loads.get(hostName(host))?.servers ?? 0;
  }

  /** Servers whose node is being written, booted or torn down (Nova's num_io_ops). */
  builds(host: HostState): number {
    return this.loads.get(hostName(host))?.builds ?? 0;
  }

  flavors(host: HostState): readonly string[] {
    return [...(this.loads.get(hostName(host))?.flavors.keys() ?? [])];
  }
}
