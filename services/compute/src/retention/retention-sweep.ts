import { acquireLease, isDatabaseAway, releaseLease, type Database } from '@metalcast/db';
import {
  removePage,
  retentionRules,
  type Kept,
  type RemovedPage,
  type RetentionRule,
} from '@metalcast/db/retention';
import type { ConfigOf } from '@metalcast/config';
import type { Logger } from '@metalcast/log';
import { pause } from '@metalcast/work';
import type { retentionOptions } from './retention-options.js';

interface SweepOptions {
  readonly owner: string;
  readonly logger: Logger;
  readonly config: ConfigOf<typeof retentionOptions>;
}

const leaseName = 'retention';
const dayMs = 86_400_000;
const minuteMs = 60_000;
/**
 * After each statement the sweep rests so many times as long as the statement took: it uses at most a tenth of one
 * connection.
 */
const restFactor = 9;
/** The pause before a sweep is at least this part of the interval: processes do not start at the same time. */
const leastPause = 0.8;

/**
 * Removes expired rows, table by table. The lease lasts from one sweep to the next, so that one process of all sweeps,
 * and only once in that time. When the process stops it releases the lease to another.
 */
export class RetentionSweep {
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();
  /** Monotonic time. */
  private heldUntil = -Infinity;

  constructor(
    private readonly database: Database,
    private readonly options: SweepOptions,
  ) {}

  start(): void {
    this.running = this.run();
  }

  /** Ends after the statement that is under way. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
    await releaseLease(this.database, leaseName, this.options.owner).catch((error: unknown) => {
      this.options.logger.debug({ err: error }, 'the lease of the retention sweep runs out');
    });
  }

  private get stopped(): boolean {
    return this.stopping.signal.aborted;
  }

  private get everyMs(): number {
    return this.options.config.retentionMinutes * minuteMs;
  }

  private async run(): Promise<void> {
    await this.rest(this.everyMs * Math.random());
    while (!this.stopped) {
      await this.sweep().catch((error: unknown) => {
        this.options.logger.warn({ err: error }, 'retention sweep failed');
      });
      await this.rest(this.everyMs * (leastPause + (1 - leastPause) * Math.random()));
    }
  }

  /** One round over all tables, if no other process makes it. A table that fails does not stop the others. */
  async sweep(): Promise<void> {
    if (!(await this.hold())) {
      return;
    }
    const { logger } = this.options;
    const removed = new Map<string, number>();
    try {
      for (const rule of retentionRules) {
        await this.walk(rule, removed).catch((error: unknown) => {
          if (isDatabaseAway(error)) {
            throw error;
          }
          logger.error({ err: error, rule: rule.name }, 'expired rows were not removed');
        });
      }
    } finally {
      if (removed.size > 0) {
        logger.info({ removed: Object.fromEntries(removed) }, 'removed expired rows');
      }
    }
  }

  private async walk(rule: RetentionRule, removed: Map<string, number>): Promise<void> {
    const keepMs = rule.kept === null ? 0 : this.keepMs(rule.kept);
    if (keepMs === undefined) {
      return;
    }
    for (let after: string | undefined = rule.start; after !== undefined;) {
      if (this.stopped || !(await this.hold())) {
        return;
      }
      const begun = performance.now();
      const page = await removePage(this.database, rule, { after, keepMs });
      count(page.removed, removed);
      after = page.next;
      await this.rest(restFactor * (performance.now() - begun));
    }
  }

  /** Undefined: for ever. */
  private keepMs(kept: Kept): number | undefined {
    const { config } = this.options;
    const days = {
      events: config.keepEventsDays,
      operations: config.keepOperationsDays,
      servers: config.keepServersDays,
      nodes: config.keepNodesDays,
      services: config.keepServicesDays,
    }[kept];
    return days === 0 ? undefined : days * dayMs;
  }

  private async hold(): Promise<boolean> {
    if (performance.now() < this.heldUntil - this.everyMs / 2) {
      return true;
    }
    const lease = await acquireLease(
      this.database,
      leaseName,
      this.options.owner,
      Math.ceil(this.everyMs),
    );
    this.heldUntil = lease?.until ?? -Infinity;
    return lease !== undefined;
  }

  private rest(ms: number): Promise<void> {
    return pause(ms, this.stopping.signal);
  }
}

/** Adds the numbers of removed rows, by table; a table without removed rows is not named. */
function count(rows: RemovedPage['removed'], total: Map<string, number>): void {
  for (const [table, added] of Object.entries(rows).filter(([, lost]) => lost > 0)) {
    total.set(table, (total.get(table) ?? 0) + added);
  }
}
