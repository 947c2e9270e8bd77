import { passAll, type KindFilter } from '../filter.js';

/**
 * Passes nodes of the requested zone. A node's zone is its own, else one of its aggregates', else the default (Nova's
 * AvailabilityZoneFilter).
 */
export const availabilityZone: KindFilter = {
  name: 'AvailabilityZoneFilter',
  prepare({ zone: asked }) {
    return asked === null || asked === ''
      ? passAll
      : {
          kind: ({ zone }) =>
            zone === asked
              ? undefined
              : {
                  reason: `is in another zone than ${asked}`,
                  detail: `it is in zone ${zone}`,
                  change: `ask for zone ${zone}, or for none`,
                },
        };
  },
};
