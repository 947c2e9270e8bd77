import {
  leaseMs as defaultLeaseMs,
  leaseRenewMs,
  type Database,
  type LeaseClaim,
} from '@metalcast/db';
import type { Logger } from '@metalcast/log';
import { Lease, Loop, within } from '@metalcast/work';
import { WatchedLease } from './watched-lease.js';

/** What runs while the lease is held. A new one is made for each time. */
export interface Active {
  readonly up: boolean;
  /** Does nothing more once the signal is aborted. */
  start(signal: AbortSignal): Promise<void>;
  /** Repeatable; good during a start, and after one that failed half-way. */
  stop(): Promise<void>;
}

export interface ActiveStandbyOptions {
  readonly database: Database;
  readonly logger: Logger;
  /** Of the lease. */
  readonly name: string;
  readonly owner: string;
  readonly create: () => Active;
  readonly renewMs?: number;
  readonly leaseMs?: number;
}

/** From the lease's coming to the end of what ran under it. */
interface Term {
  readonly active: Active;
  /** What runs ends with it. */
  readonly lease: Lease;
  readonly ended: Promise<void>;
}

const standbyMs = 1000;
/** After a start that failed, others have so long to take the lease. */
const restMs = 3 * standbyMs;

/**
 * Runs one of several candidates: who holds the lease serves, the others stand by and take over. The lease
 * is renewed whatever starting and stopping wait for; where it ends, so does what runs under it.
 */
export class ActiveStandby {
  private term: Term | undefined;
  private held = false;
  private standing = false;
  /** On the monotonic clock; the lease is not asked for before. */
  private restUntil = 0;
  private stopping = false;
  private readonly loop: Loop;
  private readonly lease: WatchedLease;

  constructor(private readonly options: ActiveStandbyOptions) {
    const { leaseMs = defaultLeaseMs } = options;
    this.lease = new WatchedLease({ ...options, leaseMs });
    this.loop = new Loop({
      work: () => (this.resting ? this.letGo() : this.round()),
      pauseMs: () => (this.term === undefined ? Math.min(standbyMs, this.renewMs) : this.renewMs),
      onError: (error) => {
        options.logger.error({ err: error }, 'a round for the lease failed');
      },
    });
  }

  /** Standing by is what a standby shall do. */
  get ready(): boolean {
    const { term } = this;
    return term === undefined ? this.standing : term.active.up && !term.lease.signal.aborted;
  }

  start(): void {
    this.loop.wake();
  }

  /** Stops serving, then lets go of the lease at once. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.endTerm();
    await this.term?.ended;
    await this.loop.stop();
    await this.letGo();
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
      // It may well be ours still: what runs goes on for as long as nobody else can have it.
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

  private async letGo(): Promise<void> {
    if (!this.held) {
      return;
    }
    this.held = false;
    await this.answered(this.lease.release()).catch((error: unknown) => {
      this.options.logger.warn({ err: error }, 'cannot let go of the lease, it will lapse');
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
        this.options.logger.error({ err: error }, 'the provisioning network was served badly');
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
    // A start that was cut short may have begun something more.
    started
      .catch(() => undefined)
      .then(() => this.halt(active))
      .catch(() => undefined);
  }

  private async halt(active: Active): Promise<void> {
    await active.stop().catch((error: unknown) => {
      this.options.logger.error({ err: error }, 'stopped serving badly');
    });
  }

  /** Leaves the network to a host that can serve it. */
  private startFailed(error: unknown): void {
    const { logger, leaseMs = defaultLeaseMs } = this.options;
    if (isAddressInUse(error)) {
      const { address, port } = error;
      logger.error({ address, port }, 'cannot serve: another program uses this address and port');
      // Should it be a boot service of this host, then it holds the same lease: not to be taken from it.
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
