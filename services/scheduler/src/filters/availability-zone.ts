import type { HostFilter } from './filter.js';

/** The zone of a node that names none (Nova's default_availability_zone). */
export const defaultZone = 'nova';

/** Passes nodes of the zone that was asked for (Nova's AvailabilityZoneFilter, with the zone a node's own). */
export const availabilityZone: HostFilter = {
  name: 'AvailabilityZoneFilter',
  reject({ availabilityZone: own }, { availabilityZone: asked }) {
    const zone = own ?? defaultZone;
    return asked === null || asked === zone ? undefined : `is in zone ${zone}, asked for ${asked}`;
  },
};
