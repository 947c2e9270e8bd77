import { defaultZone } from '@metalcast/domain';
import type { HostFilter } from './filter.js';

/** Passes nodes of the zone that was asked for (Nova's AvailabilityZoneFilter, with the zone a node's own). */
export const availabilityZone: HostFilter = {
  name: 'AvailabilityZoneFilter',
  reject({ availabilityZone: own }, { availabilityZone: asked }) {
    const zone = own ?? defaultZone;
    return asked === null || asked === zone ? undefined : `is in zone ${zone}, asked for ${asked}`;
  },
};
