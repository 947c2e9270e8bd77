import type { HostState } from '../fleet/host-state.js';
import type { Prepared } from '../select/prepared.js';
import { Range } from '../select/ranges.js';

export interface RankedHost {
  readonly host: HostState;
  readonly total: number;
  /** Each weigher's contribution, multiplied by its multiplier. */
  readonly weights: Readonly<Record<string, number>>;
}

/**
 * The fitting nodes, best first, with each weigher's contribution. Weights are normalised over all claimable nodes of
 * the passing kinds (`compared`), as in a real choice.
 */
export function rank(
  prepared: Prepared,
  fitting: readonly HostState[],
  compared: readonly HostState[],
): RankedHost[] {
  const scales = prepared.weights.map(({ name, multiplier, scale }) => {
    const valueOf = (host: HostState): number =>
      'kind' in scale ? scale.kind(host.kind) : scale.node(host);
    const range = new Range();
    for (const host of compared) {
      range.add(valueOf(host));
    }
    return { name, weigh: (host: HostState) => multiplier * range.normalise(valueOf(host)) };
  });
  return fitting
    .map((host) => {
      const weights = Object.fromEntries(scales.map(({ name, weigh }) => [name, weigh(host)]));
      const total = Object.values(weights).reduce((sum, weight) => sum + weight, 0);
      return { host, total, weights };
    })
    .sort((one, other) => other.total - one.total || one.host.id - other.host.id);
}
