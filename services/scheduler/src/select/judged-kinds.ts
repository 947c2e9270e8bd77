import type { Fleet, KindGroup } from '../fleet/fleet.js';
import type { PlacementRequest } from '../request/placement-request.js';
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
const remembered = 512;

/** Judges kinds, for requests that ask the same of them only once in a while. */
export class JudgedKindsCache {
  /** The oldest first. */
  private readonly bySignature = new Map<string, Remembered>();

  constructor(private readonly fleet: Fleet) {}

  of(prepared: Prepared): JudgedKinds {
    const key = signature(prepared.request);
    const now = performance.now();
    const { generation } = this.fleet;
    const known = this.bySignature.get(key);
    if (known?.generation === generation && now - known.at < judgedMs) {
      return known;
    }
    const judged = { ...judge(this.fleet, prepared), generation, at: now };
    this.bySignature.delete(key);
    this.bySignature.set(key, judged);
    if (this.bySignature.size > remembered) {
      const [oldest] = this.bySignature.keys();
      this.bySignature.delete(oldest as string);
    }
    return judged;
  }
}

function judge(fleet: Fleet, { kindJudges, weights }: Prepared): JudgedKinds {
  const general = kindJudges.filter(({ perProject }) => !perProject);
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

/** All that filters (but those per project) and weighers may read of a request about kinds. */
function signature(request: PlacementRequest): string {
  const { flavor, image, zone, hints, forcedHosts, forcedNodes } = request;
  const { build_near_host_ip: near, cidr, query } = hints;
  const isForced = forcedHosts.length + forcedNodes.length > 0;
  return JSON.stringify([flavor, image, zone, near, cidr, query, isForced]);
}
