import type { FlavorSnapshot } from '@metalcast/contracts';
import { specsOf, type FlavorWithSpecs } from './flavors.view.js';

/** The flavor as a server keeps it. */
export const flavorSnapshotOf = (flavor: FlavorWithSpecs): FlavorSnapshot => ({
  flavorid: flavor.flavorid,
  name: flavor.name,
  memory_mb: flavor.memoryMb,
  vcpus: flavor.vcpus,
  root_gb: flavor.rootGb,
  ephemeral_gb: flavor.ephemeralGb,
  swap: flavor.swap,
  extra_specs: specsOf(flavor),
});
