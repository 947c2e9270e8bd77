import { eventOf } from '@metalcast/contracts';
import type { Outgoing } from '@metalcast/db';
import { recordMilestones, type LateMark, type NodeBoot, type SeenMarks } from '@metalcast/db/boot';
import type { Logger } from '@metalcast/log';
import { aboutBoot, mostTurns, readBoots, type BootStore } from './boot-reads.js';
import { isOf, type Batch } from './kept-sightings.js';
import { announcing, marksOf } from './milestone-events.js';

export interface MilestoneWriterOptions extends BootStore {
  readonly logger: Logger;
  /**
   * Called for the node of a MAC that was not known when its system asked for an address; `isOf`: whether it did so in this try, should the
   * node be found changed. Idempotent.
   */
  readonly onSystem: (boot: NodeBoot, isOf: (boot: NodeBoot) => boolean) => Promise<void>;
}

/** Writes what was seen of nodes, as far as it is not written yet and is of their present boot. */
export class MilestoneWriter {
  constructor(private readonly options: MilestoneWriterOptions) {}

  /** Reads the boots of those that are not known. */
  async meet(macs: readonly string[]): Promise<void> {
    await this.readAgain(macs.filter((mac) => this.options.known.of(mac) === undefined));
  }

  /** Those of all nodes by one statement, then the signs of their systems. Idempotent. */
  async write(batch: Batch): Promise<void> {
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

  /** Records at once that the node boots in a loop; false when it is not as it was read. */
  async recordLoop(boot: NodeBoot, tries: number): Promise<boolean> {
    const marks = { boot, agoMs: { loop: 0 }, fromAddress: true };
    return this.record([marks], (out) => {
      out.emit(eventOf('bootLoop', aboutBoot(boot), { mac: boot.mac, tries }));
    });
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
