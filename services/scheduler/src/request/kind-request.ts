import type { SchedulerHints } from '@metalcast/contracts';
import { isForced, type PlacementRequest } from './placement-request.js';

const fields = ['flavor', 'image', 'zone'] as const;
const hintNames = ['build_near_host_ip', 'cidr', 'query'] as const;

/**
 * What may be read of a request to judge or rate kinds of nodes: requests that are alike in this get the same answer
 * for a while.
 */
export interface KindRequest extends Pick<PlacementRequest, (typeof fields)[number]> {
  readonly hints: Pick<SchedulerHints, (typeof hintNames)[number]>;
}

/** The same for requests of which the same is asked about kinds. */
export const kindRequestKey = (request: PlacementRequest): string =>
  JSON.stringify([
    fields.map((name) => request[name]),
    hintNames.map((name) => request.hints[name]),
    // Other filters are asked then.
    isForced(request),
  ]);
