import type { Fleet, KindGroup } from '../fleet/fleet.js';
import { kindRequestKey } from '../request/kind-request.js';
import type { Prepared } from './prepared.js';

/** The kinds that pass what is asked of kinds whoever asks, as judged at one moment. */
export interface JudgedKinds {
  readonly groups: readonly KindGroup[];
  /** What each weigher of kinds says of each of them. */
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

/** What filters say of a kind changes with time as well (failures that grow old). */
const judgedMs = 1000;
const maxRemembered = 512;
/** Kinds in all that is remembered, each as often as it is in it: some 30 bytes each. */
const maxKinds = 1_000_000;

/**
 * Judges kinds, for requests that ask the same of them only once in a while. What it keeps is bounded whatever the
 * number of kinds, but for what was judged last; what is out of date is dropped by the next choice.
 */
export class JudgedKindsCache {
  /** The oldest first. */
  private readonly byKey = new Map<string, Remembered>();
  /** Kinds in all that is remembered. */
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
