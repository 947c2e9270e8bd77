import type { FilterProperties } from '@metalcast/contracts';
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

/** Both together: what the request says, and what a foreign caller brought. Fault BAD_REQUEST names a hint that cannot be read. */
export function narrowing(own: OwnWishes, more: FilterProperties): Narrowing {
  const { hints, forcedHost, forcedNode, tried } = own;
  return {
    hints: parseHints({ ...hints, ...more.scheduler_hints }),
    forcedHosts: [...(forcedHost === null ? [] : [forcedHost]), ...(more.force_hosts ?? [])],
    forcedNodes: [...(forcedNode === null ? [] : [forcedNode]), ...(more.force_nodes ?? [])],
    ignoredHosts: more.ignore_hosts ?? [],
    triedNodes: [...tried, ...(more.retry?.hosts ?? []).map(([, node]) => node)],
  };
}
