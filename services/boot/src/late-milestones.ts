import { eventOf } from '@metalcast/contracts';
import {
  isDatabaseAway,
  recordMilestones,
  type LateMark,
  type NodeBoot,
  type Outgoing,
  type SeenMarks,
} from '@metalcast/db';
import type { Logger } from '@metalcast/log';
import { aboutBoot, mostTurns, readBoots, type BootStore } from './boot-reads.js';

export interface LateMilestonesOptions extends BootStore {
  readonly logger: Logger;
  /** Called for the node of a MAC that was not known when its system asked for an address. */
  readonly onSystem: (boot: NodeBoot) => Promise<void>;
}

/** Where and how it was seen. */
export interface Sighting {
  /** Address that it came from, which must be the one that DHCP gives. */
  readonly peer?: string;
  readonly loader?: 'ipxe' | 'pxelinux';
  /** How long ago. */
  readonly agoMs?: number;
}

interface Seen extends Omit<Sighting, 'agoMs'> {
  /** On the monotonic clock. */
  readonly at: number;
}

type Mark = Exclude<LateMark, 'loop'> | 'system';
type Sightings = Map<Mark, Seen>;

const collectMs = 500;
/** The longest pause while the database takes nothing. */
const longestPauseMs = 30_000;
/** Of so many cards at most something is kept meanwhile. */
const mostKept = 10_000;

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
 * a try, of the present epoch only. What the database does not take is kept, and tried again after growing pauses. A process that is killed
 * loses what it has collected.
 */
export class LateMilestones {
  private pending = new Map<string, Sightings>();
  private timer: NodeJS.Timeout | undefined;
  private last: Promise<void> = Promise.resolve();
  /** Writes in a row that the database did not take. */
  private refusals = 0;

  constructor(private readonly options: LateMilestonesOptions) {}

  /** `system`: a MAC that is not known asked as an operating system does. */
  add(mac: string, mark: Mark, { agoMs = 0, ...sighting }: Sighting = {}): void {
    const ofMac = this.pending.get(mac) ?? (new Map() as Sightings);
    this.pending.set(mac, ofMac);
    if (!ofMac.has(mark)) {
      ofMac.set(mark, { ...sighting, at: performance.now() - agoMs });
    }
    this.flushLater();
  }

  /**
   * Takes the DHCP request of the MAC that is not written yet: how long ago it was. It is written with the script that it led to;
   * what else is not written belongs to the try before, and is written first.
   */
  async takeDhcp(mac: string): Promise<number | undefined> {
    const ofMac = this.pending.get(mac);
    const dhcp = ofMac?.get('dhcp');
    ofMac?.delete('dhcp');
    if (ofMac?.size === 0) {
      this.pending.delete(mac);
    }
    await (this.pending.has(mac) ? this.flush() : this.last);
    return dhcp && performance.now() - dhcp.at;
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
    clearTimeout(this.timer);
    this.timer = undefined;
    const batch = this.pending;
    this.pending = new Map();
    const turn = this.last.then(() => this.write(batch));
    this.last = turn.then(
      () => {
        this.refusals = 0;
      },
      (error: unknown) => {
        this.notWritten(batch, error);
      },
    );
    await this.last;
  }

  private flushLater(): void {
    const pauseMs = Math.min(collectMs * 2 ** this.refusals, longestPauseMs);
    this.timer ??= setTimeout(() => {
      this.flush().catch(() => undefined);
    }, pauseMs);
  }

  private notWritten(batch: ReadonlyMap<string, Sightings>, error: unknown): void {
    const { logger } = this.options;
    if (!isDatabaseAway(error)) {
      logger.error({ err: error }, 'milestones were not recorded');
      return;
    }
    if (this.refusals === 0) {
      logger.warn({ err: error }, 'milestones cannot be recorded now; they are kept');
    }
    this.refusals += 1;
    for (const [mac, sightings] of batch) {
      if (this.pending.size < mostKept || this.pending.has(mac)) {
        this.pending.set(mac, new Map([...(this.pending.get(mac) ?? []), ...sightings]));
      }
    }
    this.flushLater();
  }

  private async write(batch: ReadonlyMap<string, Sightings>): Promise<void> {
    const strangers = [...batch.keys()].filter((mac) => this.options.known.of(mac) === undefined);
    await this.readAgain(strangers);
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
  private applicable(batch: ReadonlyMap<string, Sightings>): SeenMarks[] {
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

  private async systems(batch: ReadonlyMap<string, Sightings>): Promise<void> {
    for (const [mac, sightings] of batch) {
      const boot = this.options.known.of(mac);
      if (boot !== undefined && sightings.has('system')) {
        await this.options.onSystem(boot);
      }
    }
  }
}

/** Undefined where nothing is to be recorded. */
function marksOf(boot: NodeBoot, sightings: Sightings): SeenMarks | undefined {
  const now = performance.now();
  const agoMs: Partial<Record<LateMark, number>> = {};
  let fromAddress = false;
  for (const [mark, { at, peer }] of sightings) {
    if (mark === 'system' || boot.seen.includes(mark)) {
      continue;
    }
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
  (marks: readonly SeenMarks[], batch: ReadonlyMap<string, Sightings>) =>
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
