import {
  leaseMs as defaultLeaseMs,
  leaseRenewMs,
  type Database,
  type LeaseClaim,
} from '@metalcast/db';
import type { Logger } from '@metalcast/log';
import { Lease, Loop, within } from '@metalcast/work';
import { WatchedLease } from './watched-lease.js';

/** The services that run while the lease is held. A new object is made for each term. */
export interface Active {
  readonly up: boolean;
  /** Starts nothing more once the signal is aborted. */
  start(signal: AbortSignal): Promise<void>;
  /** Idempotent; safe during a start, and after a start that failed half-way. */
  stop(): Promise<void>;
}

export interface ActiveStandbyOptions {
  readonly database: Database;
  readonly logger: Logger;
  /** The lease's name. */
  readonly name: string;
  readonly owner: string;
  readonly create: () => Active;
  readonly renewMs?: number;
  readonly leaseMs?: number;
}

/** One term: from getting the lease to the end of what ran under it. */
interface Term {
  readonly active: Active;
  /** What runs ends with it. */
  readonly lease: Lease;
  readonly ended: Promise<void>;
}

const standbyMs = 1000;
/** After a failed start the other candidates have so long to take the lease. */
const restMs = 3 * standbyMs;

/**
 * Runs one of several candidates: the holder of the lease serves, the others stand by and take over. The lease is
 * renewed however long a start or a stop takes. What runs under the lease ends with the lease.
 */
export class ActiveStandby {
  private term: Term | undefined;
  private held = false;
  private standing = false;
  /** Monotonic time; the lease is not requested before it. */
  private restUntil = 0;
  private stopping = false;
  private readonly loop: Loop;
  private readonly lease: WatchedLease;

  constructor(private readonly options: ActiveStandbyOptions) {
    const { leaseMs = defaultLeaseMs } = options;
    this.lease = new WatchedLease({ ...options, leaseMs });
    this.loop = new Loop({
      work: () => (this.resting ? this.release() : this.round()),
      pauseMs: () => (this.term === undefined ? Math.min(standbyMs, this.renewMs) : this.renewMs),
      onError: (error) => {
        options.logger.error({ err: error }, 'a round for the lease failed');
      },
    });
  }

  /** A standby is ready too: standing by is its task. */
  get ready(): boolean {
    const { term } = this;
    return term === undefined ? this.standing : term.active.up && !term.lease.signal.aborted;
  }

  start(): void {
    this.loop.wake();
  }

  /** Stops serving, then releases the lease at once. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.endTerm();
    await this.term?.ended;
    await this.loop.stop();
    await this.release();
  }

  private get renewMs(): number {
    return this.options.renewMs ?? leaseRenewMs;
  }

  private get resting(): boolean {
    return performance.now() < this.restUntil;
  }

  private async round(): Promise<void> {
    const lease = await this.ask();
    if (lease === 'unknown') {
      // The lease may still be ours: what runs continues for as long as no other candidate can have the lease.
      return;
    }
    this.held = lease !== undefined;
    if (lease === undefined) {
      this.standing = true;
      this.endTerm();
    } else if (this.term !== undefined) {
      this.term.lease.renewed(lease.until);
    } else if (!this.stopping && !this.resting) {
      this.term = this.beginTerm(lease.until);
    }
  }

  private async ask(): Promise<LeaseClaim | undefined | 'unknown'> {
    try {
      return await this.answered(this.lease.acquire());
    } catch (error) {
      this.options.logger.warn({ err: error }, 'cannot renew the lease');
      return 'unknown';
    }
  }

  private async release(): Promise<void> {
    if (!this.held) {
      return;
    }
    this.held = false;
    await this.answered(this.lease.release()).catch((error: unknown) => {
      this.options.logger.warn({ err: error }, 'cannot release the lease, it will lapse');
    });
  }

  /** A database that does not answer must keep us neither from stopping in time nor from asking again. */
  private answered<T>(question: Promise<T>): Promise<T> {
    return within(question, this.renewMs, () => new Error('the database does not answer'));
  }

  private beginTerm(until: number): Term {
    this.standing = false;
    const active = this.options.create();
    const lease = new Lease(until);
    const ended = this.serve(active, lease.signal)
      .catch((error: unknown) => {
        this.options.logger.error(
          { err: error },
          'an error while serving the provisioning network',
        );
      })
      .finally(() => {
        lease.close();
        this.term = undefined;
        if (!this.stopping) {
          this.loop.wake();
        }
      });
    return { active, lease, ended };
  }

  private endTerm(): void {
    this.term?.lease.end();
  }

  /** Never rejects. Ends what it began at once when the term ends, even in the midst of its start. */
  private async serve(active: Active, signal: AbortSignal): Promise<void> {
    const { logger, name } = this.options;
    const ended = new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => {
        resolve(this.halt(active));
      });
    });
    const started = active.start(signal);
    try {
      await Promise.race([started, ended]);
      if (!signal.aborted) {
        logger.info({ lease: name }, 'serving the provisioning network');
      }
      await ended;
      logger.warn({ lease: name }, 'no longer serving');
    } catch (error) {
      this.startFailed(error);
      await this.halt(active);
    }
    // A start that was interrupted may have started more since.
    started
      .catch(() => undefined)
      .then(() => this.halt(active))
      .catch(() => undefined);
  }

  private async halt(active: Active): Promise<void> {
    await active.stop().catch((error: unknown) => {
      this.options.logger.error(
        { err: error },
        'an error while the provisioning network was released',
      );
    });
  }

  /** Leaves the network to a host that can serve it. */
  private startFailed(error: unknown): void {
    const { logger, leaseMs = defaultLeaseMs } = this.options;
    if (isAddressInUse(error)) {
      const { address, port } = error;
      logger.error({ address, port }, 'cannot serve: another program uses this address and port');
      // If the other program is a boot service of this host, it holds the same lease: do not release that lease.
      this.held = false;
      this.restUntil = performance.now() + leaseMs + restMs;
    } else {
      logger.error({ err: error }, 'cannot serve the provisioning network');
      this.restUntil = performance.now() + restMs;
    }
  }
}

interface AddressInUse {
  readonly address?: string;
  readonly port?: number;
}

const isAddressInUse = (error: unknown): error is AddressInUse =>
  error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
