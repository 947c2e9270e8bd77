import type { Database } from '@metalcast/db';
import { offerPowerReadings, type OfferedReading } from '@metalcast/db/power';
import { pause } from '@metalcast/work';

/**
 * Readings are collected for this time before they are written; readings that arrive during a write form the next
 * batch.
 */
const gatherMs = 100;
/** Most readings in one statement. */
const most = 1000;

interface Waiting {
  readonly offer: OfferedReading;
  readonly settle: (written: boolean) => void;
  readonly reject: (error: unknown) => void;
}

/** Writes readings in batches: one statement for all that arrive within a moment. */
export class ReadingWriter {
  private waiting: Waiting[] = [];
  private writing: Promise<void> | undefined;

  constructor(private readonly database: Database) {}

  /**
   * Resolves whether the reading was stored: not if the node changed in between. Rejects when the database does not
   * answer.
   */
  offer(offer: OfferedReading): Promise<boolean> {
    return new Promise((settle, reject) => {
      this.waiting.push({ offer, settle, reject });
      this.writing ??= this.write();
    });
  }

  /** Settles when all offered readings are written. */
  async drain(): Promise<void> {
    while (this.writing !== undefined) {
      await this.writing;
    }
  }

  /** Never rejects. */
  private async write(): Promise<void> {
    await pause(gatherMs);
    while (this.waiting.length > 0) {
      await this.writeSet(this.waiting.splice(0, most));
    }
    this.writing = undefined;
  }

  private async writeSet(set: readonly Waiting[]): Promise<void> {
    try {
      // Of two readings of a node only the newer one: the other would be dropped, because the first changes the node in
      // between.
      const newest = new Map(set.map(({ offer }) => [offer.node.id, offer]));
      const written = await offerPowerReadings(this.database, [...newest.values()]);
      set.forEach(({ offer, settle }) => {
        settle(newest.get(offer.node.id) === offer && written.has(offer.node.id));
      });
    } catch (error) {
      set.forEach(({ reject }) => {
        reject(error);
      });
    }
  }
}
