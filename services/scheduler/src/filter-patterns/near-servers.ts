import type { PlacementScope } from '@metalcast/domain';
import { passAll, type HostFilter, type Judges } from '../filters/filter.js';
import { domainOf } from '../fleet/host-state.js';
import type { PlaceHint } from '../request/peers.js';
import type { PlacementRequest } from '../request/placement-request.js';
import { scopeWords, standing } from './scope-words.js';

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
  if (servers === undefined || servers.length === 0) {
    return passAll;
  }
  const domains = new Set(
    servers.flatMap((uuid) => {
      const place = places.get(uuid);
      return place === undefined ? [] : [domainOf(place, scope)];
    }),
  );
  const what = scopeWords[scope];
  const reason =
    wanted === 'different'
      ? `shares its ${what} with a server of hint ${hint}`
      : `shares no ${what} with the servers of hint ${hint}` +
        (domains.size === 0 ? ', which have no node themselves' : '');
  const change = `drop the hint ${hint}, or free a node in ${wanted === 'same' ? 'the same' : 'another'} ${what}`;
  return {
    node: (host) =>
      domains.has(domainOf(host, scope)) === (wanted === 'same')
        ? undefined
        : { reason, detail: standing(host, scope), change },
  };
}
