import {
  acquireLease,
  leaseRenewMs,
  releaseLease,
  type Database,
  type LeaseClaim,
} from '@metalcast/db';
import type { Logger } from '@metalcast/log';

/** What runs while the lease is held. A new one is made for each time. */
export interface Active {
  readonly up: boolean;
  start(): Promise<void>;
  /** Good after a start that failed half-way. */
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

const standbyMs = 1000;

/** Runs one of several candidates: who holds the lease serves, the others stand by and take over. */
export class ActiveStandby {
  private active: Active | undefined;
  /** On the monotonic clock; not to serve after. */
  private until = 0;
  private readonly stopping = new AbortController();
  private loop: Promise<void> | undefined;
  private wake: () => void = () => undefined;
  private standing = false;

  constructor(private readonly options: ActiveStandbyOptions) {}

  /** Standing by is what a standby shall do. */
  get ready(): boolean {
    return this.active === undefined ? this.standing : this.active.up;
  }

  get serving(): boolean {
    return this.active?.up === true;
  }

  start(): void {
    this.loop ??= this.run();
  }

  /** Stops serving, then lets go of the lease at once. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.wake();
    await this.loop;
    if (this.active !== undefined) {
      await this.deactivate();
      await releaseLease(this.options.database, this.options.name, this.options.owner);
    }
  }

  private async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      try {
        await this.round();
      } catch (error) {
        await this.deactivate();
        this.standing = isAddressInUse(error);
        if (!this.standing) {
          this.options.logger.error({ err: error }, 'cannot serve the provisioning network');
        }
      }
      await this.pause();
    }
  }

  private async round(): Promise<void> {
    const lease = await this.ask();
    if (lease === 'unknown') {
      // The lease may well be ours still: keep on for as long as nobody else can have it.
      await (performance.now() < this.until ? undefined : this.deactivate());
    } else if (lease === undefined) {
      await this.deactivate();
      this.standing = true;
    } else {
      this.until = lease.until;
      await this.activate();
    }
  }

  /** A database that does not answer must not keep us from stopping in time. */
  private async ask(): Promise<LeaseClaim | undefined | 'unknown'> {
    const { database, name, owner, leaseMs, renewMs = leaseRenewMs, logger } = this.options;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new Error('the database does not answer'));
      }, renewMs);
    });
    try {
      return await Promise.race([acquireLease(database, name, owner, leaseMs), late]);
    } catch (error) {
      logger.warn({ err: error }, 'cannot renew the lease');
      return 'unknown';
    } finally {
      clearTimeout(timer);
    }
  }

  private async activate(): Promise<void> {
    if (this.active !== undefined) {
      return;
    }
    this.standing = false;
    this.active = this.options.create();
    await this.active.start();
    this.options.logger.info({ lease: this.options.name }, 'serving the provisioning network');
  }

  private async deactivate(): Promise<void> {
    const { active } = this;
    this.active = undefined;
    if (active !== undefined) {
      await active.stop();
      this.options.logger.warn({ lease: this.options.name }, 'no longer serving');
    }
  }

  private async pause(): Promise<void> {
    const { renewMs = leaseRenewMs } = this.options;
    const restMs = Math.max(this.until - performance.now(), 0);
    const ms = this.active === undefined ? Math.min(standbyMs, renewMs) : Math.min(renewMs, restMs);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
      if (this.stopping.signal.aborted) {
        this.wake();
      }
    });
  }
}

/** Another process of this host, under the same lease, serves already. */
const isAddressInUse = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
