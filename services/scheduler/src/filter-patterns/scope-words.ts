import type { PlacementScope } from '@metalcast/domain';
import { hasDomain, domainOf, type Place } from '../fleet/host-state.js';

/** What people call the senses in which servers stand together or apart. */
export const scopeWords: Readonly<Record<PlacementScope, string>> = {
  host: 'compute host',
  rack: 'rack',
  power_feed: 'power feed',
  switch: 'switch',
  node: 'node',
};

/** `rack r1`, `no rack is set`. */
export const standing = (place: Place, scope: PlacementScope): string =>
  hasDomain(place, scope)
    ? `${scopeWords[scope]} ${domainOf(place, scope)}`
    : `no ${scopeWords[scope]} is set`;
