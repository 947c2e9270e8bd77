import { hostFilters } from './filters/index.js';
import { label, type HostState } from './host-state.js';
import type { RequestSpec } from './request-spec.js';
import { bestFit } from './weighers/best-fit.js';

export interface Rejection {
  readonly host: HostState;
  readonly filter: string;
  readonly reason: string;
}

export interface Selection {
  /** Those that passed, best first. */
  readonly candidates: readonly HostState[];
  readonly rejections: readonly Rejection[];
}

/** Why the node is unfit, by the first filter that rejects it. */
export function rejection(host: HostState, spec: RequestSpec): Rejection | undefined {
  for (const filter of hostFilters) {
    const reason = filter.reject(host, spec);
    if (reason !== undefined) {
      return { host, filter: filter.name, reason };
    }
  }
  return undefined;
}

/** Filters, then orders by weight; equal ones in the order of their ids, so that the outcome can be told beforehand. */
export function selectHosts(hosts: readonly HostState[], spec: RequestSpec): Selection {
  const judged = hosts.map((host) => ({ host, rejected: rejection(host, spec) }));
  const candidates = judged
    .filter(({ rejected }) => rejected === undefined)
    .map(({ host }) => ({ host, weight: bestFit.weigh(host, spec) }))
    .sort((one, other) => other.weight - one.weight || one.host.id - other.host.id)
    .map(({ host }) => host);
  return { candidates, rejections: judged.flatMap(({ rejected }) => rejected ?? []) };
}

const namedPerReason = 3;

/** One sentence for a user: each reason with the number of nodes it holds for. */
export function explainRejections(rejections: readonly Rejection[]): string {
  if (rejections.length === 0) {
    return 'No node is enrolled.';
  }
  const byReason = new Map<string, Rejection[]>();
  for (const rejected of rejections) {
    byReason.set(rejected.reason, [...(byReason.get(rejected.reason) ?? []), rejected]);
  }
  const parts = [...byReason]
    .sort(([, one], [, other]) => other.length - one.length)
    .map(([reason, those]) => {
      const names = those.slice(0, namedPerReason).map(({ host }) => label(host));
      const more = those.length > names.length ? ', …' : '';
      return `${String(those.length)} ${reason} (${names.join(', ')}${more})`;
    });
  return `Of ${String(rejections.length)} nodes: ${parts.join('; ')}.`;
}
