import type { PlacementScope } from '@metalcast/domain';
import { hasDomain, domainOf, type NodeLocation } from '../fleet/host-state.js';

/** The scopes of server groups and hints in plain words. */
export const scopeWords: Readonly<Record<PlacementScope, string>> = {
  host: 'compute host',
  rack: 'rack',
  power_feed: 'power feed',
  switch: 'switch',
  node: 'node',
};

/** The place's value of a scope in words: `rack r1`, `no rack is set`. */
export const locationInWords = (place: NodeLocation, scope: PlacementScope): string =>
  hasDomain(place, scope)
    ? `${scopeWords[scope]} ${domainOf(place, scope)}`
    : `no ${scopeWords[scope]} is set`;
