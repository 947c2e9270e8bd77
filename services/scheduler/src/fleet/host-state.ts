import type { PlacementScope } from '@metalcast/domain';
import type { HostKind } from './host-kind.js';

/** What filters and weighers know of a node; Nova's HostState, one per node. No I/O behind it, never changed. */
export interface HostState {
  readonly id: number;
  readonly uuid: string;
  readonly name: string | null;
  /** Of the row that this was read from: a claim names it. */
  readonly version: number;
  readonly epoch: number;
  /** The compute host that the node was enrolled under, if any. */
  readonly host: string | null;
  readonly kind: HostKind;
  readonly rack: string | null;
  readonly powerFeed: string | null;
  readonly switchName: string | null;
  readonly instanceUuid: string | null;
  /** flavorid of the server that has the node. */
  readonly instanceFlavor: string | null;
  readonly taskState: string | null;
  readonly maintenance: boolean;
  readonly maintenanceReason: string | null;
  readonly quarantined: boolean;
  readonly quarantineReason: string | null;
  readonly interfaces: number;
  /** When its last server let go of it, ms of the epoch. */
  readonly lastUsedAt: number | null;
}

/** How people call the node. */
export const label = ({ name, uuid }: Pick<HostState, 'name' | 'uuid'>): string => name ?? uuid;

/** Where a node or server stands, in each sense in which servers can be kept apart or together. */
export type Place = Pick<HostState, 'uuid' | 'host' | 'rack' | 'powerFeed' | 'switchName'>;

const domains: Readonly<Record<PlacementScope, (place: Place) => string | null>> = {
  rack: ({ rack }) => rack,
  power_feed: ({ powerFeed }) => powerFeed,
  switch: ({ switchName }) => switchName,
  host: ({ host }) => host,
  node: ({ uuid }) => uuid,
};

/** What the place shares with others in this sense; one that has no rack (feed, switch, host) is alone in its own. */
export const domainOf = (place: Place, scope: PlacementScope): string =>
  domains[scope](place) ?? `node ${place.uuid}`;

export const hasDomain = (place: Place, scope: PlacementScope): boolean =>
  domains[scope](place) !== null;

/** Nova's name of the place: the compute host, or for a node of none the node itself. */
export const hostName = ({ host, uuid }: Pick<HostState, 'host' | 'uuid'>): string => host ?? uuid;
