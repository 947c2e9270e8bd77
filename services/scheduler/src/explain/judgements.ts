import type { Judgement } from '@metalcast/contracts';
import type { Fleet } from '../fleet/fleet.js';
import type { HostState } from '../fleet/host-state.js';
import type { Prepared } from '../select/prepared.js';
import { detailOf, firstRejection, type Rejection } from './explain.js';
import type { RankedHost } from './weights.js';

export interface Page {
  readonly offset: number;
  readonly limit: number;
}

interface Judged {
  readonly fleet: Fleet;
  readonly prepared: Prepared;
  readonly ranked: readonly RankedHost[];
}

/** One page of nodes: fitting nodes by rank, then the others by id. Only the rejected nodes of the page are judged. */
export function judgements(judged: Judged, { offset, limit }: Page): Judgement[] {
  const { ranked } = judged;
  const fitting = ranked
    .slice(offset, offset + limit)
    .map((host, index) => fits(host, offset + index + 1));
  const left = limit - fitting.length;
  return left === 0
    ? fitting
    : [...fitting, ...rejectedPage(judged, Math.max(0, offset - ranked.length), left)];
}

export const named = ({ uuid, name }: HostState): { uuid: string; name: string | null } => ({
  uuid,
  name,
});

function rejectedPage(
  { fleet, prepared, ranked }: Judged,
  offset: number,
  limit: number,
): Judgement[] {
  const rejectionOf = firstRejection(prepared);
  const fitting = new Set(ranked.map(({ host }) => host.id));
  return [...fleet.all()]
    .filter(({ id }) => !fitting.has(id))
    .sort((one, other) => one.id - other.id)
    .slice(offset, offset + limit)
    .flatMap((host) => {
      const rejection = rejectionOf(host);
      return rejection === undefined ? [] : [rejected(host, rejection)];
    });
}

const fits = ({ host, total, weights }: RankedHost, place: number): Judgement => ({
  ...named(host),
  fits: true,
  filter: null,
  reason: null,
  detail: null,
  rank: place,
  weight: total,
  weights,
});

const rejected = (host: HostState, { filter, miss }: Rejection): Judgement => ({
  ...named(host),
  fits: false,
  filter,
  reason: miss.reason,
  detail: detailOf(miss, host) ?? null,
  rank: null,
  weight: null,
  weights: null,
});
