import type { PlacementRequest, RequestedGroup } from '../request/placement-request.js';
import type { Place } from '../fleet/host-state.js';
import { uuidOf } from './a-fleet.js';

type Flavor = PlacementRequest['flavor'];

export const aFlavor = (flavor: Partial<Flavor> = {}): Flavor => ({
  flavorid: flavor.name ?? 'small',
  name: 'small',
  memory_mb: 4096,
  vcpus: 2,
  root_gb: 20,
  ephemeral_gb: 0,
  swap: 0,
  extra_specs: {},
  ...flavor,
});

/** A server of 2 CPUs, 4096 MiB and 20 GiB without further conditions. */
export const aRequest = (request: Partial<PlacementRequest> = {}): PlacementRequest => ({
  instanceUuid: uuidOf(901),
  flavor: aFlavor(),
  image: { id: uuidOf(900), properties: {} },
  configDrive: true,
  projectId: 'p1',
  zone: null,
  hints: {},
  forcedHosts: [],
  forcedNodes: [],
  ignoredHosts: [],
  triedNodes: [],
  group: null,
  places: new Map(),
  ...request,
});

/** A request with these extra specs in its flavor. */
export const asking = (extraSpecs: Flavor['extra_specs']): PlacementRequest =>
  aRequest({ flavor: aFlavor({ extra_specs: extraSpecs }) });

export const aGroup = (group: Partial<RequestedGroup> = {}): RequestedGroup => ({
  id: uuidOf(800),
  name: 'web',
  policy: 'anti-affinity',
  scope: 'rack',
  members: [],
  ...group,
});

/** The place of another server. */
export const aPlace = (place: Partial<Place> = {}): Place => ({
  uuid: uuidOf(700),
  host: null,
  rack: null,
  powerFeed: null,
  switchName: null,
  ...place,
});
