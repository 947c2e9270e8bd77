import type { PlacementScope } from '@metalcast/domain';
import type { HostKind } from './host-kind.js';

/** The input of filters and weighers about one node (Nova's HostState). Immutable, without I/O. */
export interface HostState {
  readonly id: number;
  readonly uuid: string;
  readonly name: string | null;
  /** Version of the row that was read. A claim names it. */
  readonly version: number;
  readonly epoch: number;
  /** The compute host that the node was enrolled under, if any. */
  readonly host: string | null;
  readonly kind: HostKind;
  readonly rack: string | null;
  readonly powerFeed: string | null;
  readonly switchName: string | null;
  readonly instanceUuid: string | null;
  /** flavorid of the server on the node. */
  readonly instanceFlavor: string | null;
  readonly taskState: string | null;
  readonly maintenance: boolean;
  readonly maintenanceReason: string | null;
  readonly quarantined: boolean;
  readonly quarantineReason: string | null;
  /** Whether its power was read since it was enrolled or its BMC changed. */
  readonly bmcReached: boolean;
  readonly interfaces: number;
  /** When the last server left the node, ms since the epoch. */
  readonly lastUsedAt: number | null;
}

/** The node's name for people, else its uuid. */
export const label = ({ name, uuid }: Pick<HostState, 'name' | 'uuid'>): string => name ?? uuid;

/** The place of a node or server in each scope that server groups and hints use. */
export type NodeLocation = Pick<HostState, 'uuid' | 'host' | 'rack' | 'powerFeed' | 'switchName'>;

const domains: Readonly<Record<PlacementScope, (place: NodeLocation) => string | null>> = {
  rack: ({ rack }) => rack,
  power_feed: ({ powerFeed }) => powerFeed,
  switch: ({ switchName }) => switchName,
  host: ({ host }) => host,
  node: ({ uuid }) => uuid,
};

/** The name of the place's domain in this scope. A place without a rack (feed, switch, host) is a domain of its own. */
export const domainOf = (place: NodeLocation, scope: PlacementScope): string =>
  domains[scope](place) ?? `node ${place.uuid}`;

export const hasDomain = (place: NodeLocation, scope: PlacementScope): boolean =>
  domains[scope](place) !== null;

/** Nova's name of the host: the compute host, or the node itself when it has no compute host. */
export const hostName = ({ host, uuid }: Pick<HostState, 'host' | 'uuid'>): string => host ?? uuid;
