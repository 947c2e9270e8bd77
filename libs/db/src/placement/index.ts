// What says where a server may go: the api writes aggregates, zones and flavors, the scheduler reads them.
export {
  findZoneConflict,
  isComputeHost,
  listAggregates,
  lockAggregates,
  resolveMember,
  touchAllNodes,
  touchMemberNodes,
} from './aggregates.js';
export { findFlavor, findFlavorNamed, type FlavorWithSpecs } from './flavors.js';
export {
  isKnownZone,
  listZonesOfAggregates,
  listZonesOfHosts,
  zoneOfNode,
  zonesOfNodes,
} from './zones.js';
