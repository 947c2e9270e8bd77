import type { FilterProperties } from '@metalcast/contracts';
import { Fault } from '@metalcast/domain';
import { parseHints } from './hints.js';
import type { PlacementRequest } from './placement-request.js';

/** What a request itself narrows the choice by. */
export interface OwnWishes {
  readonly hints: object;
  readonly forcedHost: string | null;
  /** uuid */
  readonly forcedNode: string | null;
  /** uuids */
  readonly tried: readonly string[];
}

/** Of one that says nothing itself. */
export const noWishes: OwnWishes = { hints: {}, forcedHost: null, forcedNode: null, tried: [] };

type Narrowing = Pick<
  PlacementRequest,
  'hints' | 'forcedHosts' | 'forcedNodes' | 'ignoredHosts' | 'triedNodes'
>;

/**
 * Both together: what the request says, and what a foreign caller brought. Fault BAD_REQUEST for a hint that cannot be
 * read, and when the two force it to different places.
 */
export function narrowing(own: OwnWishes, more: FilterProperties): Narrowing {
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

/** A caller may narrow an administrator's choice, not widen it. */
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
