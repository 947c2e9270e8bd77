import type { HostKind } from '../fleet/host-kind.js';
import type { HostFilter, Miss } from './filter.js';
import type { PlacementRequest } from '../request/placement-request.js';
import type { Settings } from '../settings.js';

interface Size {
  readonly name: string;
  readonly of: (kind: HostKind) => number;
  readonly asked: (request: PlacementRequest) => number;
  /** Metadata key of aggregates that overrides the ratio; the least of several counts. */
  readonly ratioKey: string;
  readonly ratio: (settings: Settings) => number;
  readonly reason: (asked: number) => string;
  readonly show: (amount: number) => string;
  readonly change: (has: number) => string;
}

/**
 * Passes nodes that have as much as the flavor asks for, times an allocation ratio: 1 for whole machines, other
 * values are Nova's and only fit what the hardware does not hold. `aggregates`: whether an aggregate may set it.
 */
export function sizeFilter(size: Size, aggregates: boolean): HostFilter {
  return {
    name: size.name,
    prepare(request, { settings }) {
      const asked = size.asked(request);
      const reason = size.reason(asked);
      const general = size.ratio(settings);
      return {
        kind(kind): Miss | undefined {
          const ratio = aggregates ? aggregateRatio(kind, size.ratioKey, general) : general;
          const has = Math.floor(size.of(kind) * ratio);
          return has >= asked
            ? undefined
            : {
                reason,
                distance: asked - has,
                detail: `${size.show(has)}, ${size.show(asked - has)} short`,
                change: size.change(has),
              };
        },
      };
    },
  };
}

/** A value that is no number is left out, as in Nova. */
function aggregateRatio({ aggregates }: HostKind, key: string, general: number): number {
  const ratios = aggregates
    .map(({ metadata }) => Number.parseFloat(metadata[key] ?? ''))
    .filter((ratio) => Number.isFinite(ratio));
  return ratios.length === 0 ? general : Math.min(...ratios);
}
