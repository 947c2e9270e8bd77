import type { SchedulerHints } from '@metalcast/contracts';
import { isForced, type PlacementRequest } from './placement-request.js';

const fields = ['flavor', 'image', 'configDrive', 'zone'] as const;
const hintNames = ['build_near_host_ip', 'cidr', 'query'] as const;

/** The part of a request that kinds may be judged by. Requests with equal parts share cached answers. */
export interface KindRequest extends Pick<PlacementRequest, (typeof fields)[number]> {
  readonly hints: Pick<SchedulerHints, (typeof hintNames)[number]>;
}

/** Cache key: equal for requests with equal KindRequests. */
export const kindRequestKey = (request: PlacementRequest): string =>
  JSON.stringify([
    fields.map((name) => request[name]),
    hintNames.map((name) => request.hints[name]),
    // A forced request has other filters.
    isForced(request),
  ]);
