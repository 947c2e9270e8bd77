import type { Database } from '@metalcast/db';
import { offerPowerReadings, type OfferedReading } from '@metalcast/db/power';

/** So long readings are gathered before they are written; those that come while a set is written are the next one. */
const gatherMs = 100;
/** In one statement. */
const most = 1000;

interface Waiting {
  readonly offer: OfferedReading;
  readonly settle: (written: boolean) => void;
  readonly reject: (error: unknown) => void;
}

/** Writes readings in sets: a statement for all that came within a moment. */
export class ReadingWriter {
  private waiting: Waiting[] = [];
  private writing: Promise<void> | undefined;

  constructor(private readonly database: Database) {}

  /** Whether it was written: not when anything came in between. Rejects when the database is away. */
  offer(offer: OfferedReading): Promise<boolean> {
    return new Promise((settle, reject) => {
      this.waiting.push({ offer, settle, reject });
      this.writing ??= this.write();
    });
  }

  /** Settles when all that was offered is written. */
  async drain(): Promise<void> {
    while (this.writing !== undefined) {
      await this.writing;
    }
  }

  /** Never rejects. */
  private async write(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, gatherMs));
    while (this.waiting.length > 0) {
      await this.writeSet(this.waiting.splice(0, most));
    }
    this.writing = undefined;
  }

  private async writeSet(set: readonly Waiting[]): Promise<void> {
    try {
      // Of two readings of a node the newer one; the other would be dropped for having it in between.
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
