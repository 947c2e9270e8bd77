import { passAll, type KindFilter, type Miss } from '../filters/filter.js';
import { aggregateValues } from '../fleet/aggregate-values.js';
import type { HostKind } from '../fleet/host-kind.js';
import { askedSize, sizeKey, type SizeName } from '../request/asked-sizes.js';
import type { Settings } from '../settings.js';

interface Size {
  readonly name: string;
  readonly of: (kind: HostKind) => number;
  readonly resource: SizeName;
  /** Metadata key of aggregates that overrides the ratio. The lowest of several values counts. */
  readonly ratioKey: string;
  readonly ratio: (settings: Settings) => number;
  /** A node of unknown size (0) passes. */
  readonly passesUnknown?: true;
  readonly reason: (asked: number) => string;
  readonly show: (amount: number) => string;
  readonly change: (has: number) => string;
}

/**
 * Passes nodes whose size times an allocation ratio is at least the requested size. The ratio is 1 for whole machines;
 * other values serve Nova compatibility and overcommit the hardware. `aggregates`: whether an aggregate may set the
 * ratio.
 */
export function sizeFilter(size: Size, aggregates: boolean): KindFilter {
  return {
    name: size.name,
    prepare({ flavor }, { settings }) {
      const asked = askedSize(flavor, size.resource);
      if (asked === null) {
        return passAll;
      }
      const key = sizeKey(size.resource);
      const isOverridden = flavor.extra_specs[key] !== undefined;
      const reason = size.reason(asked);
      const general = size.ratio(settings);
      return {
        kind(kind): Miss | undefined {
          const ratio = aggregates ? aggregateRatio(kind, size.ratioKey, general) : general;
          const amount = size.of(kind);
          const has = Math.floor(amount * ratio);
          if (has >= asked || (size.passesUnknown === true && amount === 0)) {
            return undefined;
          }
          return {
            reason,
            distance: asked - has,
            detail: `${size.show(has)}, ${size.show(asked - has)} short`,
            change: isOverridden ? `use a flavor with ${key} of at most ${has}` : size.change(has),
          };
        },
      };
    },
  };
}

/** Skips values that are not numbers, as Nova does. */
function aggregateRatio(kind: HostKind, key: string, general: number): number {
  const ratios = aggregateValues(kind, key)
    .map((text) => (text.trim() === '' ? Number.NaN : Number(text)))
    .filter((ratio) => Number.isFinite(ratio));
  return ratios.length === 0 ? general : Math.min(...ratios);
}
