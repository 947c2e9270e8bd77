import type { PlacementScope } from '@metalcast/domain';
import { passAll, type RequestFilter, type RequestJudges } from '../filters/filter.js';
import { domainOf } from '../fleet/host-state.js';
import type { PlacementRequest } from '../request/placement-request.js';
import { scopeWords, locationInWords } from './scope-words.js';

/** The scopes that have hints. `node` has none, because a node has only one server. */
type HintedScope = Exclude<PlacementScope, 'node'>;

/**
 * Passes nodes that share the scope with a server of the hint (`same_rack`), or with none of them (`different_rack`).
 */
export const nearServers = (
  name: string,
  wanted: 'same' | 'different',
  scope: HintedScope,
): RequestFilter => ({ name, prepare: (request) => judges(request, wanted, scope) });

function judges(
  { hints, places }: PlacementRequest,
  wanted: 'same' | 'different',
  scope: HintedScope,
): RequestJudges {
  const hint = `${wanted}_${scope}` as const;
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
        (domains.size === 0 ? ', because those servers have no node' : '');
  const change = `drop the hint ${hint}`;
  return {
    node: (host) =>
      domains.has(domainOf(host, scope)) === (wanted === 'same')
        ? undefined
        : { reason, detail: locationInWords(host, scope), change },
  };
}
