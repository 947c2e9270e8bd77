import type { HostFilter, Miss, Scene } from '../filters/filter.js';
import { computeProblems } from '../fleet/compute-services.js';
import type { HostState } from '../fleet/host-state.js';
import type { PlacementRequest } from '../request/placement-request.js';
import type { Settings } from '../settings.js';
import { aFleet } from './a-fleet.js';

/** 2026-03-01T00:00:00Z */
export const now = 1_772_323_200_000;

export const theSettings: Settings = {
  ramAllocationRatio: 1,
  cpuAllocationRatio: 1,
  diskAllocationRatio: 1,
  maxIoOpsPerHost: 8,
  maxInstancesPerHost: 50,
  isolatedImages: [],
  isolatedHosts: [],
  restrictIsolatedHostsToIsolatedImages: true,
  maxFailures: 3,
  failureWindowMs: 3_600_000,
};

/** One live compute service, no other nodes. */
export const aScene = ({
  settings = {},
  ...scene
}: Partial<Omit<Scene, 'settings'>> & { settings?: Partial<Settings> } = {}): Scene => ({
  settings: { ...theSettings, ...settings },
  fleet: aFleet([]),
  problems: computeProblems([{ host: 'h1', recent: true, disabled: false }]),
  now,
  ...scene,
});

/** The filter's miss for a node; undefined when the node passes. */
export function judged(
  filter: HostFilter,
  host: HostState,
  request: PlacementRequest,
  scene: Scene = aScene(),
): Miss | undefined {
  const { kind, node } = filter.prepare(request, scene);
  return kind?.(host.kind) ?? node?.(host);
}
