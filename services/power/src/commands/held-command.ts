import type { Database } from '@metalcast/db';
import {
  holdPowerCommand,
  releasePowerCommand,
  type ClaimedPowerCommand,
  type PowerStanding,
} from '@metalcast/db/power';
import { Fault } from '@metalcast/domain';
import { ClaimLost, Lease, Stopping } from '@metalcast/work';
import type { Attempt } from '../power-driver.js';
import type { CommandTiming } from './timing.js';

/** The command's deadline has passed. */
export class OutOfTime extends Error {
  override readonly name = 'OutOfTime';
}

/** Why a command may do nothing more. */
export type Withdrawn = Exclude<PowerStanding, 'current'>;

/** The command's end when its node has left its epoch, or a later command takes its place. */
export const cancelled = (
  { epoch }: Pick<ClaimedPowerCommand, 'epoch'>,
  why: Withdrawn = 'stale',
): Fault =>
  new Fault('CANCELLED', {
    reason:
      why === 'stale'
        ? `node left epoch ${epoch}`
        : 'a command that switches the node off at once has come after it',
  });

/** The lease ends this much after the last request, whatever happens. */
const marginMs = 1000;

/**
 * A claimed command: proves to its row, before each request that changes something at the BMC, that it still may make it. A
 * request that only reads is made by this process's own clock. `LeaseKeeper` renews the lease.
 */
export class HeldCommand {
  private readonly lease: Lease;
  /** Not asked for again: the database's clock may have jumped since. */
  private readonly deadline: number;
  private phase: string | null = null;

  /** `claimedAt`: this process's monotonic clock, from before it asked for the command. */
  constructor(
    private readonly database: Database,
    readonly command: ClaimedPowerCommand,
    private readonly timing: CommandTiming,
    claimedAt: number,
  ) {
    this.lease = new Lease(claimedAt + timing.leaseMs);
    this.deadline = claimedAt + command.leftMs;
  }

  /** Aborted when the claim is lost, the command is cancelled or the service stops: ends every request and pause at once. */
  get signal(): AbortSignal {
    return this.lease.signal;
  }

  /**
   * Makes one request that changes nothing: while the lease lasts by the own clock, and the deadline has not passed (else
   * OutOfTime). The row is asked only when the lease would end before the request.
   */
  async read<T>(request: (attempt: Attempt) => Promise<T>): Promise<T> {
    this.signal.throwIfAborted();
    if (this.leaseLeft() < this.timing.requestMs) {
      await this.hold();
    }
    return this.make(request);
  }

  /**
   * Makes one request that changes something, if the command may still make it: its claim holds, its lease is renewed, the
   * node is in its epoch and no later command ends it (else fault CANCELLED) and the deadline has not passed (else OutOfTime). What it has reached is
   * stored before.
   */
  async change<T>(request: (attempt: Attempt) => Promise<T>): Promise<T> {
    this.signal.throwIfAborted();
    await this.hold();
    return this.make(request);
  }

  /** Stored with the next request that changes something: whoever resumes the command then goes on from there. */
  reach(phase: string): void {
    this.phase = phase;
  }

  /** The lease was renewed. */
  renewed(until: number): void {
    this.lease.renewed(until);
  }

  /** Another has the row. */
  lose(): void {
    this.lease.end();
  }

  /** Whoever sent it is not in charge of the node any more, or wants something else. */
  cancel(why: Withdrawn): void {
    this.lease.end(cancelled(this.command, why));
  }

  /** Ends every request under way, to be resumed by another. */
  abandon(): void {
    this.lease.end(new Stopping());
  }

  /** To be called whatever the end was. */
  close(): void {
    this.lease.close();
  }

  /** Gives the unfinished row back. */
  async release(): Promise<void> {
    await releasePowerCommand(this.database, this.command);
  }

  private make<T>(request: (attempt: Attempt) => Promise<T>): Promise<T> {
    if (performance.now() >= this.deadline) {
      throw new OutOfTime();
    }
    const timeoutMs = Math.floor(Math.min(this.timing.requestMs, this.leaseLeft()));
    return request({ timeoutMs, signal: this.signal });
  }

  private leaseLeft(): number {
    return this.lease.leftMs - marginMs;
  }

  private async hold(): Promise<void> {
    const { leaseMs } = this.timing;
    const hold = await holdPowerCommand(this.database, this.command, {
      leaseMs,
      phase: this.phase,
    });
    if (hold === undefined) {
      this.lose();
      throw new ClaimLost();
    }
    this.renewed(hold.until);
    if (hold.standing !== 'current') {
      throw cancelled(this.command, hold.standing);
    }
  }
}
