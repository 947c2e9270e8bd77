import { isDatabaseAway, mayConcernOneRow } from '@metalcast/db';
import type { NodeBoot } from '@metalcast/db/boot';
import { backoff, settledWithin } from '@metalcast/work';
import { writeHalving, type Refused } from './halving.js';
import {
  countOf,
  isOf,
  KeptSightings,
  type Batch,
  type Mark,
  type Sighting,
  type Sightings,
} from './kept-sightings.js';
import { MilestoneWriter, type MilestoneWriterOptions } from './milestone-writer.js';

const collectMs = 500;
/** The longest pause between tries while the database does not answer. */
const longestPauseMs = 30_000;
/** A script waits no longer for what is being written of its node: the rows of other nodes may be locked. */
const scriptWaitMs = 250;
/** At a stop, the collected milestones get so long to be written. */
const closeMs = 2000;

/**
 * Collects milestones that no answer depends on, for at most half a second, and writes those of all nodes by one
 * statement: each once in a try, and only for the present epoch. What the database does not take is kept and tried
 * again after growing pauses. Nodes whose rows the database refuses do not delay others. A killed process loses what it
 * has collected.
 */
export class LateMilestones {
  private readonly kept = new KeptSightings();
  /** The batch that is being written. */
  private writing: Batch = new Map();
  private timer: { readonly handle: NodeJS.Timeout; readonly dueAt: number } | undefined;
  private last: Promise<void> = Promise.resolve();
  private closing = false;
  /** Number of consecutive writes that the database did not take. */
  private refusals = 0;
  /**
   * The same for rows that the database refused for a reason of their own, and the monotonic time of their next try.
   */
  private rowRefusals = 0;
  private rowsDueAt = 0;
  private isDropTold = false;

  private readonly writer: MilestoneWriter;

  constructor(private readonly options: MilestoneWriterOptions) {
    this.writer = new MilestoneWriter(options);
  }

  add(mac: string, mark: Mark, { agoMs = 0, boot, ...where }: Sighting = {}): void {
    const { epoch, bootTry } = boot ?? this.options.known.of(mac) ?? {};
    const of = epoch === undefined || bootTry === undefined ? undefined : { epoch, bootTry };
    this.kept.add(mac, mark, { ...where, boot: of, at: performance.now() - agoMs });
    this.flushLater(pauseAfter(this.refusals));
  }

  /**
   * Takes the unwritten DHCP request of this try. It is written with the script that it led to. Older unwritten
   * sightings belong to the previous try and are written first, if the database takes them in a moment.
   */
  async takeDhcp(boot: NodeBoot): Promise<Sighting | undefined> {
    const { mac } = boot;
    if (this.writing.has(mac)) {
      await settledWithin([this.last], scriptWaitMs);
    }
    const dhcp = this.kept.takeOne(mac, 'dhcp');
    if (this.kept.has(mac)) {
      await settledWithin([this.flush()], scriptWaitMs);
    }
    return dhcp !== undefined && isOf(dhcp, boot)
      ? { boot: dhcp.boot, agoMs: performance.now() - dhcp.at }
      : undefined;
  }

  /** Records at once that the node boots in a loop. False when its row was not as read. */
  recordLoop(boot: NodeBoot, tries: number): Promise<boolean> {
    return this.writer.recordLoop(boot, tries);
  }

  /** Writes what is collected; never rejects. */
  async flush(): Promise<void> {
    clearTimeout(this.timer?.handle);
    this.timer = undefined;
    this.last = this.last.then(() => this.turn());
    await this.last;
  }

  /** Writes what is collected, if the database answers soon. Never rejects. */
  async close(): Promise<void> {
    this.closing = true;
    await settledWithin([this.flush()], closeMs);
    const lost = countOf(this.writing) + this.kept.clear();
    this.writing = new Map();
    if (lost > 0) {
      this.options.logger.warn({ lost }, 'stopped before all milestones were written');
    }
  }

  private flushLater(pauseMs: number): void {
    const dueAt = performance.now() + pauseMs;
    if (this.closing || (this.timer !== undefined && this.timer.dueAt <= dueAt)) {
      return;
    }
    clearTimeout(this.timer?.handle);
    const handle = setTimeout(() => {
      this.flush().catch(() => undefined);
    }, pauseMs);
    this.timer = { handle, dueAt };
  }

  /** Never rejects. */
  private async turn(): Promise<void> {
    const rowsAreDue = this.closing || performance.now() >= this.rowsDueAt;
    const again = rowsAreDue ? this.kept.takeRefused() : new Map<string, Sightings>();
    const batch = this.kept.take();
    this.writing = new Map([...again, ...batch]);
    try {
      await this.writeAll(batch, again);
      this.refusals = 0;
      this.reportDropped({ isOver: true });
    } catch (error) {
      this.notWritten(error);
    }
    this.writing = new Map();
    if (!this.kept.isEmpty) {
      this.flushLater(pauseAfter(this.refusals));
    } else if (this.kept.hasRefused) {
      this.flushLater(Math.max(this.rowsDueAt - performance.now(), 0));
    }
  }

  /** `again`: rows that were refused for a reason of their own. */
  private async writeAll(batch: Batch, again: Batch): Promise<void> {
    await this.writer.meet([...this.writing.keys()]);
    const refused = await this.writeParts(batch);
    const refusedAgain = await this.writeParts(again);
    const error = refused.error ?? refusedAgain.error;
    if (again.size > 0 || error !== undefined) {
      this.rowsRefused(new Map([...refused.items, ...refusedAgain.items]), error);
    }
  }

  private async writeParts(batch: Batch): Promise<Refused<[string, Sightings]>> {
    // What nobody foresaw may concern one node as well.
    const mayConcernOne = (error: unknown): boolean =>
      mayConcernOneRow(error) || !isDatabaseAway(error);
    return writeHalving([...batch], (part) => this.writer.write(new Map(part)), mayConcernOne);
  }

  private rowsRefused(batch: Batch, error: unknown): void {
    this.kept.putBackRefused(batch);
    if (!this.kept.hasRefused) {
      this.rowRefusals = 0;
      return;
    }
    if (this.rowRefusals === 0) {
      const fields = { err: error, macs: [...batch.keys()].slice(0, 10), nodes: batch.size };
      this.options.logger.warn(
        fields,
        'milestones of some nodes cannot be recorded; they are kept',
      );
    }
    this.rowRefusals += 1;
    this.rowsDueAt = performance.now() + pauseAfter(this.rowRefusals);
  }

  private notWritten(error: unknown): void {
    if (this.refusals === 0) {
      const level = isDatabaseAway(error) ? 'warn' : 'error';
      this.options.logger[level](
        { err: error },
        'milestones cannot be recorded now; they are kept',
      );
    }
    this.refusals += 1;
    this.kept.putBack(this.writing);
    this.reportDropped({ isOver: false });
  }

  /** Reported once in an outage, and at its end. */
  private reportDropped({ isOver }: { readonly isOver: boolean }): void {
    const { dropped } = this.kept;
    if (dropped > 0 && (isOver || !this.isDropTold)) {
      this.options.logger.warn({ dropped }, 'too many milestones to keep: some were dropped');
    }
    this.isDropTold = dropped > 0 && !isOver;
    if (isOver) {
      this.kept.dropped = 0;
    }
  }
}

const pauseAfter = (refusals: number): number =>
  backoff(refusals + 1, { shortestMs: collectMs, longestMs: longestPauseMs });
