import { availabilityZone } from './availability-zone.js';
import { available } from './available.js';
import { compute } from './compute.js';
import type { HostFilter } from './filter.js';
import { imageProperties } from './image-properties.js';
import { nodeSize } from './node-size.js';
import { retry } from './retry.js';

/** Every filter, in the order in which they are asked: the first that rejects a node gives the reason. */
export const hostFilters: readonly HostFilter[] = [
  compute,
  retry,
  available,
  availabilityZone,
  imageProperties,
  nodeSize,
];
