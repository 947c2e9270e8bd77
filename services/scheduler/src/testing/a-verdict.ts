import type { SchedulingNode } from '@metalcast/db/scheduler';
import { availableFilters } from '../filters/index.js';
import { textFor, type HostFilter, type Miss, type Scene } from '../filters/filter.js';
import type { Aggregate } from '../fleet/host-kind.js';
import type { PlacementRequest } from '../request/placement-request.js';
import type { Settings } from '../settings.js';
import { aFleet } from './a-fleet.js';
import { aRequest } from './a-request.js';
import { aScene, judged } from './a-scene.js';

/** The input of one filter; the rest has default values. */
export interface Question {
  readonly filter: string;
  readonly node?: Partial<SchedulingNode>;
  /** Other nodes of the fleet. */
  readonly others?: readonly Partial<SchedulingNode>[];
  readonly aggregates?: readonly Aggregate[];
  readonly request?: PlacementRequest;
  readonly settings?: Partial<Settings>;
  readonly problems?: Scene['problems'];
}

export function filterNamed(name: string): HostFilter {
  const filter = availableFilters.find((one) => one.name === name);
  if (filter === undefined) {
    throw new Error(`no filter ${name}`);
  }
  return filter;
}

/** A miss with its texts made. */
export interface Verdict extends Miss {
  readonly detail?: string;
  readonly change?: string;
}

/** The filter's verdict about the node; undefined when the node passes. Faults of the filter. */
export function verdictOf(question: Question): Verdict | undefined {
  const { filter, node = {}, others = [], aggregates = [], settings = {}, problems } = question;
  const fleet = aFleet([{ id: 1, ...node }, ...others], aggregates);
  const host = fleet.get(1);
  if (host === undefined) {
    throw new Error('the node is not in the fleet');
  }
  const scene = aScene({ fleet, settings, ...(problems === undefined ? {} : { problems }) });
  const miss = judged(filterNamed(filter), host, question.request ?? aRequest(), scene);
  if (miss === undefined) {
    return undefined;
  }
  const { reason, distance, detail, change } = miss;
  return {
    reason,
    ...(distance === undefined ? {} : { distance }),
    ...(detail === undefined ? {} : { detail: textFor(detail, host) }),
    ...(change === undefined ? {} : { change: textFor(change, host) }),
  };
}
