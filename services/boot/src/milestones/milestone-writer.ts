import { eventOf } from '@metalcast/contracts';
import type { Outgoing } from '@metalcast/db';
import { recordMilestones, type LateMark, type NodeBoot, type SeenMarks } from '@metalcast/db/boot';
import type { Logger } from '@metalcast/log';
import { aboutBoot, mostTurns, readBoots, type BootStore } from '../decisions/boot-reads.js';
import { isOf, type Batch } from './kept-sightings.js';
import { announcing, marksOf } from './milestone-events.js';

export interface MilestoneWriterOptions extends BootStore {
  readonly logger: Logger;
  /**
   * Called for the node of an unknown MAC whose system asked for an address. `isOf` says whether the request belongs to
   * the boot, if the node is found changed. Idempotent.
   */
  readonly onSystem: (boot: NodeBoot, isOf: (boot: NodeBoot) => boolean) => Promise<void>;
}

/** Writes those sightings of nodes that are not written yet and belong to their present boot. */
export class MilestoneWriter {
  constructor(private readonly options: MilestoneWriterOptions) {}

  /** Reads the boots of the unknown MACs. */
  async meet(macs: readonly string[]): Promise<void> {
    await this.readAgain(macs.filter((mac) => this.options.known.of(mac) === undefined));
  }

  /** Writes the milestones of all nodes by one statement, then the signs of life of their systems. Idempotent. */
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

  /** Records at once that the node boots in a loop. False when its row was not as read. */
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

  /** The marks that are not recorded yet, of one card of each node: a statement can change a row only once. */
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
