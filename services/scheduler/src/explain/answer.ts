import type { Explanation, Judgement, Refusal } from '@metalcast/contracts';
import type { Fleet } from '../fleet/fleet.js';
import type { HostState } from '../fleet/host-state.js';
import type { Prepared } from '../select/prepared.js';
import { changesFor, explain, firstRejection, type Refused } from './explain.js';
import { explanationText } from './text.js';
import { rank, type RankedHost } from './weights.js';

export interface Page {
  readonly offset: number;
  readonly limit: number;
}

/** Explain's answer as it travels: the whole in counts and words, and a page of the nodes one by one. */
export function explanationOf(
  fleet: Fleet,
  prepared: Prepared,
  { offset, limit }: Page,
): Explanation {
  const explained = explain(fleet, prepared);
  const ranked = rank(prepared, explained.fitting, comparedHosts(fleet, prepared));
  const { nodes, refused } = explained;
  const end = offset + limit;
  return {
    nodes,
    fit: ranked.length,
    text: explanationText(prepared.request, explained, ranked),
    refusals: refused.map(toRefusal),
    judgements: limit === 0 ? [] : judgements(fleet, prepared, ranked).slice(offset, end),
    next: end < nodes && limit > 0 ? end : null,
  };
}

function comparedHosts(fleet: Fleet, { kindJudges }: Prepared): HostState[] {
  return [...fleet.groups]
    .filter(({ kind }) => kindJudges.every(({ judge }) => judge(kind) === undefined))
    .flatMap(({ open }) => open);
}

const named = ({ uuid, name }: HostState): { uuid: string; name: string | null } => ({
  uuid,
  name,
});

function toRefusal({ filter, reason, count, examples, nearest }: Refused): Refusal {
  const [first] = nearest.misses;
  const changes = changesFor(nearest.misses);
  return {
    filter,
    reason,
    count,
    nodes: examples.map(named),
    nearest: { ...named(nearest.host), detail: first?.miss.detail ?? reason },
    change: changes.length === 0 ? null : changes.join('; and '),
  };
}

function judgements(fleet: Fleet, prepared: Prepared, ranked: readonly RankedHost[]): Judgement[] {
  const rejectionOf = firstRejection(prepared);
  const fitting = ranked.map(({ host, total, weights }, index) => ({
    ...named(host),
    fits: true,
    filter: null,
    reason: null,
    detail: null,
    rank: index + 1,
    weight: total,
    weights,
  }));
  const rejected = [...fleet.all()]
    .sort((one, other) => one.id - other.id)
    .flatMap((host) => {
      const rejection = rejectionOf(host);
      return rejection === undefined
        ? []
        : [
            {
              ...named(host),
              fits: false,
              filter: rejection.filter,
              reason: rejection.miss.reason,
              detail: rejection.miss.detail ?? null,
              rank: null,
              weight: null,
              weights: null,
            },
          ];
    });
  return [...fitting, ...rejected];
}
