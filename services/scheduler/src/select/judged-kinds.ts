import type { Fleet, KindGroup } from '../fleet/fleet.js';
import { kindRequestKey } from '../request/kind-request.js';
import type { Prepared } from './prepared.js';

/** The kinds that pass all filters except the `perRequest` ones, as judged at one moment. */
export interface JudgedKinds {
  readonly groups: readonly KindGroup[];
  /** Each kind's value by each weigher of kinds. */
  readonly values: readonly KindValues[];
}

interface KindValues {
  readonly multiplier: number;
  readonly ofKinds: Float64Array;
}

interface Remembered extends JudgedKinds {
  readonly generation: number;
  readonly at: number;
}

/** Answers of filters also change with time (failures expire), so they are cached for one second only. */
const judgedMs = 1000;
const maxRemembered = 512;
/** Limit of kinds over all cached answers; a kind takes about 30 bytes in each answer. */
const maxKinds = 1_000_000;

/**
 * Caches judged kinds for requests with equal KindRequests. The size is bounded, except for the newest entry. Expired
 * entries are dropped at the next choice.
 */
export class JudgedKindsCache {
  /** Oldest entry first. */
  private readonly byKey = new Map<string, Remembered>();
  /** Number of kinds over all entries. */
  private kinds = 0;

  constructor(private readonly fleet: Fleet) {}

  of(prepared: Prepared): JudgedKinds {
    const now = performance.now();
    this.dropWhile((oldest) => !this.isValid(oldest, now));
    const key = kindRequestKey(prepared.request);
    const known = this.byKey.get(key);
    if (known !== undefined) {
      return known;
    }
    const judged = { ...judge(this.fleet, prepared), generation: this.fleet.generation, at: now };
    const room = maxKinds - judged.groups.length;
    this.dropWhile(() => this.kinds > room || this.byKey.size >= maxRemembered);
    this.byKey.set(key, judged);
    this.kinds += judged.groups.length;
    return judged;
  }

  private isValid({ generation, at }: Remembered, now: number): boolean {
    return generation === this.fleet.generation && now - at < judgedMs;
  }

  private dropWhile(isToGo: (oldest: Remembered) => boolean): void {
    for (const [key, oldest] of this.byKey) {
      if (!isToGo(oldest)) {
        return;
      }
      this.byKey.delete(key);
      this.kinds -= oldest.groups.length;
    }
  }
}

function judge(fleet: Fleet, { kindJudges, weights }: Prepared): JudgedKinds {
  const general = kindJudges.filter(({ perRequest }) => !perRequest);
  const groups = [...fleet.groups].filter(({ kind }) => {
    for (const { judge: judgeKind } of general) {
      if (judgeKind(kind) !== undefined) return false;
    }
    return true;
  });
  const values = weights.flatMap(({ multiplier, scale }) =>
    'kind' in scale
      ? [{ multiplier, ofKinds: Float64Array.from(groups, ({ kind }) => scale.kind(kind)) }]
      : [],
  );
  return { groups, values };
}
