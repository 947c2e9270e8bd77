import type { LateMark, NodeBoot } from '@metalcast/db/boot';

/**
 * `system`: a request for an address by the operating system of an unknown MAC. A request by a loader is `dhcp`,
 * whether or not the card has an address.
 */
export type Mark = Exclude<LateMark, 'loop' | 'otherCard'> | 'system';

/** When and how a node was seen. */
export interface Sighting {
  /** The sender's address; a milestone counts only if it is the address that DHCP gives. */
  readonly peer?: string;
  readonly loader?: 'ipxe' | 'pxelinux';
  /** What firmware asked for a loader, with the mark `noLoader`. */
  readonly firmware?: string;
  /** The address that another server has offered, with the mark `foreignDhcp`. */
  readonly offered?: string;
  /** How long ago. */
  readonly agoMs?: number;
  /** The boot that it belongs to, as it was known then. */
  readonly boot?: Pick<NodeBoot, 'epoch' | 'bootTry'> | undefined;
}

export interface Seen extends Omit<Sighting, 'agoMs'> {
  /** Monotonic time. */
  readonly at: number;
}

export type Sightings = Map<Mark, Seen>;
/** By MAC. */
export type Batch = Map<string, Sightings>;

/** Most cards of which sightings are kept. */
const mostKept = 10_000;

/** Sightings that are not written yet, of a bounded number of cards. */
export class KeptSightings {
  private batch: Batch = new Map();
  /**
   * Sightings that the database refused for a reason of their own, in the order in which they are tried again. They are
   * kept apart from the others.
   */
  private refused: Batch = new Map();
  /** Number of sightings for which there was no room. */
  dropped = 0;

  get isEmpty(): boolean {
    return this.batch.size === 0;
  }

  get hasRefused(): boolean {
    return this.refused.size > 0;
  }

  /** Whether any sighting of the MAC waits to be written with the others. */
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

  /** Takes back what was not written; more may have been seen since. */
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
    // Newer sightings of the same cards are tried with the refused ones.
    this.addAll(since);
  }

  /** Returns how many were kept. */
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

/**
 * The first sighting of a try, if the try is known; else the latest one, which most likely belongs to the present try.
 */
function theOneToKeep(earlier: Seen, later: Seen): Seen {
  const [one, other] = [earlier.boot, later.boot];
  const isSameTry =
    one !== undefined && one.epoch === other?.epoch && one.bootTry === other.bootTry;
  return isSameTry ? earlier : later;
}

/** Whether the sighting belongs to the present try of this epoch, as far as this is known. */
export const isOf = ({ boot, at }: Seen, { epoch, tryBeganAt }: NodeBoot): boolean =>
  (boot === undefined || boot.epoch === epoch) && (tryBeganAt === null || at >= tryBeganAt);
