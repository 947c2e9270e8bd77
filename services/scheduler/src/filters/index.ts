import {
  differentHost,
  differentPowerFeed,
  differentRack,
  differentSwitch,
  sameHost,
  samePowerFeed,
  sameRack,
  sameSwitch,
} from './hints/affinity-hints.js';
import { aggregateExtraSpecs } from './aggregates/aggregate-extra-specs.js';
import { aggregateMultiTenancy } from './aggregates/aggregate-multi-tenancy.js';
import { aggregateTypeAffinity } from './aggregates/aggregate-type-affinity.js';
import { allHosts } from './all-hosts.js';
import { availabilityZone } from './aggregates/availability-zone.js';
import { bmcReached } from './health/bmc-reached.js';
import { compute } from './health/compute.js';
import { computeCapabilities } from './machine/compute-capabilities.js';
import { aggregateCore, core } from './capacity/core.js';
import { disk } from './capacity/disk.js';
import { exactSize } from './capacity/exact-size.js';
import type { HostFilter } from './filter.js';
import { free } from './capacity/free.js';
import { ignoredHosts } from './hints/ignored-hosts.js';
import { imageFirmware } from './machine/image-firmware.js';
import { imageProperties } from './machine/image-properties.js';
import { imageSize } from './capacity/image-size.js';
import { ioOps } from './capacity/io-ops.js';
import { isolatedHosts } from './aggregates/isolated-hosts.js';
import { json } from './hints/json.js';
import { maintenance } from './health/maintenance.js';
import { numInstances } from './capacity/num-instances.js';
import { pciPassthrough } from './machine/pci-passthrough.js';
import { networkInterfaces } from './capacity/network-interfaces.js';
import { quarantine } from './health/quarantine.js';
import { aggregateRam, ram } from './capacity/ram.js';
import { recentFailures } from './health/recent-failures.js';
import { resourceClass } from './machine/resource-class.js';
import { retry } from './hints/retry.js';
import { groupAffinity, groupAntiAffinity } from './hints/server-group.js';
import { simpleCidrAffinity } from './hints/simple-cidr-affinity.js';
import { traits } from './machine/traits.js';
import { trusted } from './machine/trusted.js';
import { typeAffinity } from './aggregates/type-affinity.js';

/**
 * Every filter, in the order of judging; the first that rejects a node gives the reason. Filters of the machine itself
 * come first and filters of passing conditions last, so "in use" means that the node would fit if it were free.
 */
export const availableFilters: readonly HostFilter[] = [
  allHosts,
  imageProperties,
  imageFirmware,
  resourceClass,
  exactSize,
  core,
  ram,
  disk,
  networkInterfaces,
  imageSize,
  aggregateCore,
  aggregateRam,
  traits,
  computeCapabilities,
  pciPassthrough,
  trusted,
  availabilityZone,
  aggregateExtraSpecs,
  aggregateMultiTenancy,
  aggregateTypeAffinity,
  isolatedHosts,
  simpleCidrAffinity,
  json,
  sameHost,
  differentHost,
  sameRack,
  differentRack,
  samePowerFeed,
  differentPowerFeed,
  sameSwitch,
  differentSwitch,
  groupAffinity,
  groupAntiAffinity,
  typeAffinity,
  numInstances,
  ioOps,
  ignoredHosts,
  retry,
  maintenance,
  quarantine,
  bmcReached,
  recentFailures,
  compute,
  free,
];

/** Filters that need an operator's setup, or that contradict each other. */
const notByDefault = new Set<HostFilter>([
  allHosts,
  aggregateCore,
  aggregateRam,
  aggregateExtraSpecs,
  isolatedHosts,
  typeAffinity,
  numInstances,
  ioOps,
]);

export const defaultFilters: readonly string[] = availableFilters
  .filter((filter) => !notByDefault.has(filter))
  .map(({ name }) => name);

/** Always active: the nodes that these reject are no capacity, or the caller has excluded them. */
const always: readonly HostFilter[] = [
  networkInterfaces,
  ignoredHosts,
  maintenance,
  bmcReached,
  free,
];

/** The filters of these names and the always active ones, in the order of `availableFilters`. */
export const filtersByName = (names: readonly string[]): readonly HostFilter[] =>
  availableFilters.filter((filter) => names.includes(filter.name) || always.includes(filter));
