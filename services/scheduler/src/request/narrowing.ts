import type { FilterProperties } from '@metalcast/contracts';
import { Fault } from '@metalcast/domain';
import { parseHints } from './hints.js';
import type { PlacementRequest } from './placement-request.js';

/** The conditions of the server's own request, without a foreign caller's. */
export interface OwnConditions {
  readonly hints: object;
  readonly forcedHost: string | null;
  /** uuid */
  readonly forcedNode: string | null;
  /** uuids */
  readonly tried: readonly string[];
}

/** No conditions. */
export const noConditions: OwnConditions = {
  hints: {},
  forcedHost: null,
  forcedNode: null,
  tried: [],
};

type Narrowing = Pick<
  PlacementRequest,
  'hints' | 'forcedHosts' | 'forcedNodes' | 'ignoredHosts' | 'triedNodes'
>;

/**
 * Merges the request's own conditions with those of a foreign caller. Fault BAD_REQUEST for an invalid hint, or when
 * the two force the server to different places.
 */
export function narrowing(own: OwnConditions, more: FilterProperties): Narrowing {
  const { hints, forcedHost, forcedNode, tried } = own;
  return {
    hints: parseHints({ ...hints, ...more.scheduler_hints }),
    forcedHosts: forced('host', forcedHost, more.force_hosts ?? []),
    forcedNodes: forced('node', forcedNode, (more.force_nodes ?? []).map(lowerCase)),
    ignoredHosts: more.ignore_hosts ?? [],
    triedNodes: [...tried, ...(more.retry?.hosts ?? []).flatMap(([, node]) => node ?? [])],
  };
}

const lowerCase = (uuid: string): string => uuid.toLowerCase();

/** A caller may narrow an administrator's choice but not widen it. */
function forced(what: string, own: string | null, more: readonly string[]): readonly string[] {
  if (own === null || more.length === 0) {
    return own === null ? more : [own];
  }
  if (!more.includes(own)) {
    const reason = `The server is forced to ${what} ${own}, and the caller names ${more.join(', ')}.`;
    throw new Fault('BAD_REQUEST', { reason });
  }
  return [own];
}
