import type { HostFilter, KindJudges, Miss, RequestFilter, Scene } from '../filters/filter.js';
import type { HostKind } from '../fleet/host-kind.js';
import type { HostState } from '../fleet/host-state.js';
import { isForced, type PlacementRequest } from '../request/placement-request.js';
import type { Weighted } from '../weighers/index.js';
import type { Scale } from '../weighers/weigher.js';

export interface KindJudge {
  /** Position of its filter. */
  readonly order: number;
  readonly name: string;
  readonly judge: (kind: HostKind) => Miss | undefined;
  /** Whether its answers hold for this request only. */
  readonly perRequest: boolean;
}

export interface NodeJudge {
  readonly order: number;
  readonly name: string;
  readonly judge: (host: HostState) => Miss | undefined;
}

export interface Weight {
  readonly name: string;
  readonly multiplier: number;
  readonly scale: Scale;
}

/** The filters and weighers prepared for one request. */
export interface Prepared {
  readonly request: PlacementRequest;
  readonly kindJudges: readonly KindJudge[];
  readonly nodeJudges: readonly NodeJudge[];
  readonly weights: readonly Weight[];
}

export interface Policy {
  readonly filters: readonly HostFilter[];
  readonly weighers: readonly Weighted[];
}

/** Faults of the filters for a request that cannot be judged. */
export function prepare(request: PlacementRequest, policy: Policy, scene: Scene): Prepared {
  const kindJudges: KindJudge[] = [];
  const nodeJudges: NodeJudge[] = [];
  const filters = isForced(request) ? forcedFilters(policy.filters) : policy.filters;
  filters.forEach((filter, order) => {
    const { name } = filter;
    const judges: KindJudges & { perRequest?: boolean } = filter.prepare(request, scene);
    const { kind, perRequest = false, node } = judges;
    if (kind !== undefined) {
      kindJudges.push({ order, name, judge: kind, perRequest });
    }
    if (node !== undefined) {
      nodeJudges.push({ order, name, judge: node });
    }
  });
  const weights = policy.weighers.flatMap(({ weigher, multiplier }) => {
    const scale = weigher.prepare(request, scene);
    return scale === undefined ? [] : [{ name: weigher.name, multiplier, scale }];
  });
  return { request, kindJudges, nodeJudges, weights };
}

/**
 * For a forced request only two things count: the node is among the named ones, and it can be claimed (Nova:
 * force_hosts, force_nodes). An administrator may try a node whose BMC was not reached yet. A node without a compute
 * host belongs to every host.
 */
const forcedFilters = (filters: readonly HostFilter[]): readonly HostFilter[] => [
  namedNodes,
  ...filters.filter(({ name }) => indispensable.has(name)),
];

const indispensable = new Set([
  'NetworkInterfacesFilter',
  'IgnoredHostsFilter',
  'MaintenanceFilter',
  'NodeFreeFilter',
]);

const namedNodes: RequestFilter = {
  name: 'ForcedNodeFilter',
  prepare({ forcedHosts, forcedNodes }) {
    const miss = { reason: 'is not the named host or node' };
    return {
      node: ({ host, uuid }) =>
        (forcedHosts.length === 0 || host === null || forcedHosts.includes(host)) &&
        (forcedNodes.length === 0 || forcedNodes.includes(uuid))
          ? undefined
          : miss,
    };
  },
};
