import type { PlacementScope } from '@metalcast/domain';
import { domainOf, type HostState } from '../fleet/host-state.js';
import { passAll, type HostFilter, type Judges } from './filter.js';
import type { PlaceHint } from '../request/peers.js';
import type { PlacementRequest } from '../request/placement-request.js';

const words: Readonly<Record<PlacementScope, string>> = {
  host: 'compute host',
  rack: 'rack',
  power_feed: 'power feed',
  switch: 'switch',
  node: 'node',
};

/** Passes nodes that share with some server of the hint (same), or with none of them (different). */
export function nearServers(
  name: string,
  hint: PlaceHint,
  scope: PlacementScope,
  wanted: 'same' | 'different',
): HostFilter {
  return { name, prepare: (request) => judges(request, hint, scope, wanted) };
}

function judges(
  { hints, places }: PlacementRequest,
  hint: PlaceHint,
  scope: PlacementScope,
  wanted: 'same' | 'different',
): Judges {
  const servers = hints[hint];
  if (servers === undefined) {
    return passAll;
  }
  const domains = new Set(
    servers.flatMap((uuid) => {
      const place = places.get(uuid);
      return place === undefined ? [] : [domainOf(place, scope)];
    }),
  );
  const what = words[scope];
  const reason =
    wanted === 'same'
      ? `shares no ${what} with a server of ${hint}`
      : `shares its ${what} with a server of ${hint}`;
  return {
    node: (host) =>
      domains.has(domainOf(host, scope)) === (wanted === 'same')
        ? undefined
        : {
            reason,
            detail: standing(host, scope),
            change: `free or enrol a node of ${wanted === 'same' ? 'the same' : 'another'} ${what}`,
          },
  };
}

/** `rack r1`, `no rack`. */
export function standing(host: HostState, scope: PlacementScope): string {
  const domain = domainOf(host, scope);
  return domain.startsWith('node ') ? `no ${words[scope]} is set` : `${words[scope]} ${domain}`;
}

export { words as scopeWords };
