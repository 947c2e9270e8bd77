import type { FlavorSnapshot, ImageSnapshot, SchedulerHints } from '@metalcast/contracts';
import type { PlacementScope, ServerGroupPolicy } from '@metalcast/domain';
import type { Place } from '../fleet/host-state.js';

/** What is asked for: one server, as filters and weighers see it. */
export interface PlacementRequest {
  /** Null when it is only asked what would be. */
  readonly instanceUuid: string | null;
  readonly flavor: FlavorSnapshot;
  readonly image: Pick<ImageSnapshot, 'id' | 'properties'> | null;
  readonly projectId: string | null;
  readonly zone: string | null;
  readonly hints: SchedulerHints;
  /** An administrator's choice: no filter is asked then. */
  readonly forcedHosts: readonly string[];
  /** uuids */
  readonly forcedNodes: readonly string[];
  readonly ignoredHosts: readonly string[];
  /** uuids of the nodes on which this build has failed before. */
  readonly triedNodes: readonly string[];
  readonly group: RequestedGroup | null;
  /** Where the servers stand that the hints name; one that is nowhere yet is left out. */
  readonly places: ReadonlyMap<string, Place>;
}

/** The server group, and where its other members stand. */
export interface RequestedGroup {
  readonly id: string;
  readonly name: string;
  readonly policy: ServerGroupPolicy;
  readonly scope: PlacementScope;
  readonly members: readonly Place[];
}

/** Disk that a server of this flavor needs, in GiB: all its partitions. */
export const diskGb = (flavor: FlavorSnapshot): number =>
  flavor.root_gb + flavor.ephemeral_gb + Math.ceil(flavor.swap / 1024);

/** Whether an administrator has named where it must go. */
export const isForced = ({ forcedHosts, forcedNodes }: PlacementRequest): boolean =>
  forcedHosts.length + forcedNodes.length > 0;
