import {
  holdPowerCommand,
  releasePowerCommand,
  storePowerPhase,
  type ClaimedPowerCommand,
  type Database,
  type PowerHold,
} from '@metalcast/db';
import { Fault } from '@metalcast/domain';
import type { Attempt } from '../power-driver.js';
import type { CommandTiming } from './timing.js';

/** The row is another's now: stop, and write nothing more. */
export class ClaimLost extends Error {
  override readonly name = 'ClaimLost';
}

/** The service stops; another goes on with the command. */
export class Stopping extends Error {
  override readonly name = 'Stopping';
}

/** The command's deadline has passed. */
export class OutOfTime extends Error {
  override readonly name = 'OutOfTime';
}

/** The lease ends this much after the last request, whatever happens. */
const marginMs = 1000;

/** A claimed command: keeps its lease, and proves before each request to the BMC that it still may make it. */
export class HeldCommand {
  private readonly stop = new AbortController();
  private readonly renewal: NodeJS.Timeout;
  private expiry: NodeJS.Timeout;

  constructor(
    private readonly database: Database,
    readonly command: ClaimedPowerCommand,
    private readonly timing: CommandTiming,
    claimedAt: number,
  ) {
    this.expiry = this.expireAt(claimedAt + timing.leaseMs);
    this.renewal = setInterval(() => {
      // A database that does not answer is left to the expiry.
      this.renew().catch(() => undefined);
    }, timing.renewMs);
  }

  /** Aborted when the claim is lost or the service stops: ends every request and pause at once. */
  get signal(): AbortSignal {
    return this.stop.signal;
  }

  /**
   * Makes one request to the BMC, if the command may still make it: the lease is renewed, the node is in the
   * command's epoch (else fault CANCELLED) and the deadline has not passed (else OutOfTime).
   */
  async act<T>(request: (attempt: Attempt) => Promise<T>): Promise<T> {
    this.signal.throwIfAborted();
    const hold = await this.renew();
    if (!hold.current) {
      const reason = `node left epoch ${this.command.epoch}`;
      throw new Fault('CANCELLED', { reason });
    }
    if (performance.now() >= hold.deadline) {
      throw new OutOfTime();
    }
    const leaseLeft = hold.until - performance.now() - marginMs;
    const timeoutMs = Math.floor(Math.min(this.timing.requestMs, leaseLeft));
    return request({ timeoutMs, signal: this.signal });
  }

  async storePhase(phase: string): Promise<void> {
    if (!(await storePowerPhase(this.database, this.command, phase))) {
      this.lose();
    }
  }

  /** Ends every request under way, to be resumed by another. */
  abandon(): void {
    this.stop.abort(new Stopping());
  }

  /** Stops renewing; to be called whatever the end was. */
  close(): void {
    clearInterval(this.renewal);
    clearTimeout(this.expiry);
  }

  /** Gives the unfinished row back. */
  async release(): Promise<void> {
    await releasePowerCommand(this.database, this.command);
  }

  private async renew(): Promise<PowerHold> {
    const hold = await holdPowerCommand(this.database, this.command, this.timing.leaseMs);
    if (hold === undefined) {
      this.lose();
    }
    clearTimeout(this.expiry);
    this.expiry = this.expireAt(hold.until);
    return hold;
  }

  private lose(): never {
    this.stop.abort(new ClaimLost());
    throw new ClaimLost();
  }

  /** Judged by our own clock: the database may be out of reach. */
  private expireAt(until: number): NodeJS.Timeout {
    return setTimeout(
      () => {
        this.stop.abort(new ClaimLost());
      },
      Math.max(0, until - performance.now()),
    );
  }
}
