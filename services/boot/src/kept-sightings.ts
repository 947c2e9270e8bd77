import type { LateMark, NodeBoot } from '@metalcast/db/boot';

/** `system`: a MAC that is not known asked as an operating system does. */
export type Mark = Exclude<LateMark, 'loop'> | 'system';

/** Where and how it was seen. */
export interface Sighting {
  /** Address that it came from, which must be the one that DHCP gives. */
  readonly peer?: string;
  readonly loader?: 'ipxe' | 'pxelinux';
  /** How long ago. */
  readonly agoMs?: number;
  /** Of which boot, as it was known then. */
  readonly boot?: Pick<NodeBoot, 'epoch' | 'bootTry'> | undefined;
}

export interface Seen extends Omit<Sighting, 'agoMs'> {
  /** On the monotonic clock. */
  readonly at: number;
}

export type Sightings = Map<Mark, Seen>;
/** By MAC. */
export type Batch = Map<string, Sightings>;

/** Of so many cards at most something is kept. */
const mostKept = 10_000;

/** What was seen and is not written yet, of a bounded number of cards. */
export class KeptSightings {
  private batch: Batch = new Map();
  /** What the database has refused for its own sake, in the order in which it is tried again: it is kept from the rest. */
  private refused: Batch = new Map();
  /** Sightings that there was no room for. */
  dropped = 0;

  get isEmpty(): boolean {
    return this.batch.size === 0;
  }

  get hasRefused(): boolean {
    return this.refused.size > 0;
  }

  /** Whether anything of the MAC is to be written with the rest. */
  has(mac: string): boolean {
    return this.batch.has(mac);
  }

  add(mac: string, mark: Mark, seen: Seen): void {
    const batch = this.refused.has(mac) ? this.refused : this.batch;
    const ofMac = batch.get(mac) ?? (new Map() as Sightings);
    if (ofMac.size === 0 && this.batch.size + this.refused.size >= mostKept) {
      this.dropped += 1;
      return;
    }
    batch.set(mac, ofMac);
    const earlier = ofMac.get(mark);
    ofMac.set(mark, earlier === undefined ? seen : theOneToKeep(earlier, seen));
  }

  takeOne(mac: string, mark: Mark): Seen | undefined {
    for (const batch of [this.batch, this.refused]) {
      const ofMac = batch.get(mac);
      const seen = ofMac?.get(mark);
      if (ofMac !== undefined && seen !== undefined) {
        ofMac.delete(mark);
        if (ofMac.size === 0) {
          batch.delete(mac);
        }
        return seen;
      }
    }
    return undefined;
  }

  take(): Batch {
    const taken = this.batch;
    this.batch = new Map();
    return taken;
  }

  takeRefused(): Batch {
    const taken = this.refused;
    this.refused = new Map();
    return taken;
  }

  /** What was not written; more may have been seen since. */
  putBack(batch: Batch): void {
    const since = this.batch;
    this.batch = new Map();
    this.addAll(batch);
    this.addAll(since);
  }

  putBackRefused(batch: Batch): void {
    const since = this.batch;
    this.batch = new Map();
    for (const [mac, sightings] of batch) {
      this.refused.set(mac, sightings);
    }
    // What was seen of them since is tried with them.
    this.addAll(since);
  }

  /** How many were kept. */
  clear(): number {
    return countOf(this.take()) + countOf(this.takeRefused());
  }

  private addAll(batch: Batch): void {
    for (const [mac, sightings] of batch) {
      for (const [mark, seen] of sightings) {
        this.add(mac, mark, seen);
      }
    }
  }
}

export const countOf = (batch: Batch): number =>
  [...batch.values()].reduce((sum, { size }) => sum + size, 0);

/** The first of a try, as far as that is known; else the latest, which most likely is of the present one. */
function theOneToKeep(earlier: Seen, later: Seen): Seen {
  const [one, other] = [earlier.boot, later.boot];
  const isSameTry =
    one !== undefined && one.epoch === other?.epoch && one.bootTry === other.bootTry;
  return isSameTry ? earlier : later;
}

/** Whether it belongs to this try of this epoch, as far as can be told. */
export const isOf = ({ boot, at }: Seen, { epoch, tryBeganAt }: NodeBoot): boolean =>
  (boot === undefined || boot.epoch === epoch) && (tryBeganAt === null || at >= tryBeganAt);
