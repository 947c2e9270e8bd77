import type { FlavorSnapshot, ImageSnapshot, SchedulerHints } from '@metalcast/contracts';
import type { PlacementScope, ServerGroupPolicy } from '@metalcast/domain';
import type { Place } from '../fleet/host-state.js';

/** Size and facts may be unknown. */
export type RequestedImage = Pick<ImageSnapshot, 'id' | 'properties'> &
  Partial<Pick<ImageSnapshot, 'virtual_size' | 'facts'>>;

/** A request for one server, as filters and weighers see it. */
export interface PlacementRequest {
  /** Null for a request of explain or select_destinations without a server. */
  readonly instanceUuid: string | null;
  readonly flavor: FlavorSnapshot;
  readonly image: RequestedImage | null;
  readonly configDrive: boolean;
  readonly projectId: string | null;
  readonly zone: string | null;
  readonly hints: SchedulerHints;
  /** An administrator's choice: only the indispensable filters judge it. */
  readonly forcedHosts: readonly string[];
  /** uuids */
  readonly forcedNodes: readonly string[];
  readonly ignoredHosts: readonly string[];
  /** uuids of the nodes on which this build has failed. */
  readonly triedNodes: readonly string[];
  readonly group: RequestedGroup | null;
  /** Places of the servers that the hints name. A server without a node is absent. */
  readonly places: ReadonlyMap<string, Place>;
}

/** The server group and the places of its other members. */
export interface RequestedGroup {
  readonly id: string;
  readonly name: string;
  readonly policy: ServerGroupPolicy;
  readonly scope: PlacementScope;
  readonly members: readonly Place[];
}

/** Disk of a server of this flavor in GiB: all its partitions. */
export const diskGb = (flavor: FlavorSnapshot): number =>
  flavor.root_gb + flavor.ephemeral_gb + Math.ceil(flavor.swap / 1024);

/** Whether an administrator has named the host or node. */
export const isForced = ({ forcedHosts, forcedNodes }: PlacementRequest): boolean =>
  forcedHosts.length + forcedNodes.length > 0;
