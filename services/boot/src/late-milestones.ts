import { eventOf } from '@metalcast/contracts';
import {
  isDatabaseAway,
  mayConcernOneRow,
  recordMilestones,
  type LateMark,
  type NodeBoot,
  type Outgoing,
  type SeenMarks,
} from '@metalcast/db';
import type { Logger } from '@metalcast/log';
import { aboutBoot, mostTurns, readBoots, type BootStore } from './boot-reads.js';
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

export interface LateMilestonesOptions extends BootStore {
  readonly logger: Logger;
  /**
   * Called for the node of a MAC that was not known when its system asked for an address; `isOf`: whether it did so in this try, should the
   * node be found changed. Idempotent.
   */
  readonly onSystem: (boot: NodeBoot, isOf: (boot: NodeBoot) => boolean) => Promise<void>;
}

const collectMs = 500;
/** The longest pause while the database takes nothing. */
const longestPauseMs = 30_000;
/** What is collected at a stop gets so long to be written. */
const closeMs = 2000;

/** In which boot mode it is a milestone; undefined: in any. */
const modeOf: Readonly<Record<LateMark, string | undefined>> = {
  dhcp: 'deploy',
  kernel: 'deploy',
  ramdisk: 'deploy',
  loop: 'deploy',
  localScript: 'local',
  foreignDhcp: undefined,
};

/**
 * Collects milestones that answer nothing, for half a second at most, and writes those of all nodes by one statement: each once in
 * a try, of the present epoch only. What the database does not take is kept, and tried again after growing pauses; nodes whose rows it
 * refuses hold up no others. A process that is killed loses what it has collected.
 */
export class LateMilestones {
  private readonly kept = new KeptSightings();
  /** What is being written. */
  private writing: Batch = new Map();
  private timer: { readonly handle: NodeJS.Timeout; readonly dueAt: number } | undefined;
  private last: Promise<void> = Promise.resolve();
  private closing = false;
  /** Writes in a row that the database did not take. */
  private refusals = 0;
  /** The same of what it refuses for its own sake, and when, on the monotonic clock, that is tried again. */
  private rowRefusals = 0;
  private rowsDueAt = 0;
  private isDropTold = false;

  constructor(private readonly options: LateMilestonesOptions) {}

  add(mac: string, mark: Mark, { agoMs = 0, boot, ...where }: Sighting = {}): void {
    const { epoch, bootTry } = boot ?? this.options.known.of(mac) ?? {};
    const of = epoch === undefined || bootTry === undefined ? undefined : { epoch, bootTry };
    this.kept.add(mac, mark, { ...where, boot: of, at: performance.now() - agoMs });
    this.flushLater(pauseAfter(this.refusals));
  }

  /**
   * Takes the DHCP request of this try that is not written yet. It is written with the script that it led to; what else is not written
   * belongs to the try before, and is written first.
   */
  async takeDhcp(boot: NodeBoot): Promise<Sighting | undefined> {
    const { mac } = boot;
    if (this.writing.has(mac)) {
      await this.last;
    }
    const dhcp = this.kept.takeOne(mac, 'dhcp');
    if (this.kept.has(mac)) {
      await this.flush();
    }
    return dhcp !== undefined && isOf(dhcp, boot)
      ? { boot: dhcp.boot, agoMs: performance.now() - dhcp.at }
      : undefined;
  }

  /** Records at once that the node boots in a loop; false when it is not as it was read. */
  async recordLoop(boot: NodeBoot, tries: number): Promise<boolean> {
    const marks = { boot, agoMs: { loop: 0 }, fromAddress: true };
    return this.record([marks], (out) => {
      out.emit(eventOf('bootLoop', aboutBoot(boot), { mac: boot.mac, tries }));
    });
  }

  /** Writes what is collected; never rejects. */
  async flush(): Promise<void> {
    clearTimeout(this.timer?.handle);
    this.timer = undefined;
    this.last = this.last.then(() => this.turn());
    await this.last;
  }

  /** Writes what is collected, if the database takes it soon. Never rejects. */
  async close(): Promise<void> {
    this.closing = true;
    let timer: NodeJS.Timeout | undefined;
    const tooLong = new Promise<void>((resolve) => (timer = setTimeout(resolve, closeMs)));
    await Promise.race([this.flush(), tooLong]);
    clearTimeout(timer);
    const lost = countOf(this.writing) + this.kept.clear();
    this.writing = new Map();
    if (lost > 0) {
      this.options.logger.warn({ lost }, 'stopped before the database took all milestones');
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

  /** `again`: what was refused for its own sake. */
  private async writeAll(batch: Batch, again: Batch): Promise<void> {
    const strangers = [...this.writing.keys()].filter(
      (mac) => this.options.known.of(mac) === undefined,
    );
    await this.readAgain(strangers);
    const refused = await this.writeParts(batch);
    const refusedAgain = await this.writeParts(again);
    const error = refused.error ?? refusedAgain.error;
    if (again.size > 0 || error !== undefined) {
      this.rowsRefused(new Map([...refused.items, ...refusedAgain.items]), error);
    }
  }

  private async writeParts(batch: Batch): Promise<Refused<[string, Sightings]>> {
    return writeHalving([...batch], (part) => this.write(new Map(part)), mayConcernOneRow);
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
    const { logger } = this.options;
    if (!isDatabaseAway(error)) {
      logger.error({ err: error }, 'milestones were not recorded');
      return;
    }
    if (this.refusals === 0) {
      logger.warn({ err: error }, 'milestones cannot be recorded now; they are kept');
    }
    this.refusals += 1;
    this.kept.putBack(this.writing);
    this.reportDropped({ isOver: false });
  }

  /** Once in an outage, and at its end. */
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

  /** Idempotent. */
  private async write(batch: Batch): Promise<void> {
    for (let turn = 0; turn < mostTurns;) {
      const marks = this.applicable(batch);
      if (marks.length === 0) {
        return this.systems(batch);
      }
      if (!(await this.record(marks, announcing(marks, batch)))) {
        turn += 1;
        await this.readAgain(marks.map(({ boot }) => boot.mac));
      }
    }
    throw new Error('the nodes change while their milestones are written');
  }

  private async readAgain(macs: readonly string[]): Promise<void> {
    if (macs.length > 0) {
      await readBoots(this.options, macs);
    }
  }

  private async record(
    marks: readonly SeenMarks[],
    tell: (out: Outgoing) => void,
  ): Promise<boolean> {
    const { database, site, known, logger } = this.options;
    const written = await recordMilestones(database, site, marks, tell);
    for (const { boot, agoMs } of written ? marks : []) {
      const types = Object.keys(agoMs) as LateMark[];
      known.learn(boot.mac, { ...boot, begun: true, seen: [...boot.seen, ...types] });
      logger.info({ node: boot.node, epoch: boot.epoch, types }, 'milestones');
    }
    return written;
  }

  /** What is not recorded yet, of one card of each node: a statement changes a row once. */
  private applicable(batch: Batch): SeenMarks[] {
    const byNode = new Map<number, SeenMarks>();
    for (const [mac, sightings] of batch) {
      const boot = this.options.known.of(mac);
      const marks = boot && marksOf(boot, sightings);
      if (marks !== undefined && !byNode.has(marks.boot.nodeId)) {
        byNode.set(marks.boot.nodeId, marks);
      }
    }
    return [...byNode.values()];
  }

  private async systems(batch: Batch): Promise<void> {
    for (const [mac, sightings] of batch) {
      const boot = this.options.known.of(mac);
      const system = sightings.get('system');
      if (boot !== undefined && system !== undefined) {
        await this.options.onSystem(boot, (of) => isOf(system, of));
      }
    }
  }
}

const pauseAfter = (refusals: number): number =>
  Math.min(collectMs * 2 ** refusals, longestPauseMs);

/** Undefined where nothing is to be recorded. */
function marksOf(boot: NodeBoot, sightings: Sightings): SeenMarks | undefined {
  const now = performance.now();
  const agoMs: Partial<Record<LateMark, number>> = {};
  let fromAddress = false;
  for (const [mark, seen] of sightings) {
    if (mark === 'system' || boot.seen.includes(mark) || !isOf(seen, boot)) {
      continue;
    }
    const { at, peer } = seen;
    const mode = modeOf[mark] ?? boot.bootMode;
    if (mode === boot.bootMode && (peer === undefined || peer === boot.address)) {
      agoMs[mark] = now - at;
      fromAddress ||= peer !== undefined;
    }
  }
  return Object.keys(agoMs).length === 0 ? undefined : { boot, agoMs, fromAddress };
}

/** In the order in which they were seen. */
const announcing =
  (marks: readonly SeenMarks[], batch: Batch) =>
  (out: Outgoing): void => {
    for (const { boot, agoMs } of marks) {
      const about = aboutBoot(boot);
      const { mac } = boot;
      for (const [mark] of Object.entries(agoMs).toSorted(([, one], [, other]) => other - one)) {
        switch (mark as Exclude<LateMark, 'loop'>) {
          case 'dhcp':
            out.emit(eventOf('bootDhcp', about, { mac }));
            break;
          case 'kernel':
            out.emit(eventOf('bootKernel', about, { mac }));
            break;
          case 'ramdisk':
            out.emit(eventOf('bootRamdisk', about, { mac }));
            break;
          case 'foreignDhcp':
            out.emit(eventOf('bootForeignDhcp', about, { mac }));
            break;
          case 'localScript': {
            const loader = batch.get(mac)?.get('localScript')?.loader ?? 'ipxe';
            const data = { mac, loader, mode: boot.bootMode, boot_try: boot.bootTry };
            out.emit(eventOf('bootScript', about, data));
          }
        }
      }
    }
  };
