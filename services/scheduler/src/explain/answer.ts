import type { Explanation, Refusal } from '@metalcast/contracts';
import type { Fleet } from '../fleet/fleet.js';
import type { HostState } from '../fleet/host-state.js';
import type { Prepared } from '../select/prepared.js';
import { changesFor, explain, firstDetail, type Refused } from './explain.js';
import { judgements, named, type Page } from './judgements.js';
import { explanationText } from './text.js';
import { rank } from './weights.js';

/** The answer of explain as sent to the api: all nodes in counts and text, and one page of nodes one by one. */
export function explanationOf(fleet: Fleet, prepared: Prepared, page: Page): Explanation {
  const explained = explain(fleet, prepared);
  const ranked = rank(prepared, explained.fitting, comparedHosts(fleet, prepared));
  const { nodes, refused } = explained;
  const end = page.offset + page.limit;
  return {
    nodes,
    fit: ranked.length,
    text: explanationText(prepared.request, explained, ranked),
    refusals: refused.map(toRefusal),
    judgements: judgements({ fleet, prepared, ranked }, page),
    next: end < nodes && page.limit > 0 ? end : null,
  };
}

function comparedHosts(fleet: Fleet, { kindJudges }: Prepared): HostState[] {
  return [...fleet.groups]
    .filter(({ kind }) => kindJudges.every(({ judge }) => judge(kind) === undefined))
    .flatMap(({ open }) => open);
}

function toRefusal({ filter, reason, count, examples, nearest }: Refused): Refusal {
  const changes = changesFor(nearest);
  return {
    filter,
    reason,
    count,
    nodes: examples.map(named),
    nearest: { ...named(nearest.host), detail: firstDetail(nearest) ?? reason },
    change: changes.length === 0 ? null : changes.join('; and '),
  };
}
