import {
  lockHeldDeployment,
  releaseDeployment,
  renewDeployment,
  type Database,
  type Deployment,
  type DeploymentClaim,
  type Tx,
} from '@metalcast/db';

/** The row is another's now, or nobody's: stop, and write nothing more. */
export class ClaimLost extends Error {
  override readonly name = 'ClaimLost';
}

/** The service stops; another helper goes on with the deployment. */
export class Stopping extends Error {
  override readonly name = 'Stopping';
}

export interface LeaseTiming {
  readonly leaseMs: number;
  readonly renewMs: number;
}

/** The lease ends for us this much before it ends for the others. */
const marginMs = 1000;

/** A taken deployment: keeps its lease, and writes to the row only while it does. */
export class HeldDeployment {
  private readonly stop = new AbortController();
  private readonly renewal: NodeJS.Timeout;
  private expiry: NodeJS.Timeout;
  /** Its node empties disks, which takes nothing of this host, but hours. */
  isIdle = false;

  constructor(
    private readonly database: Database,
    private readonly claim: DeploymentClaim,
    private readonly timing: LeaseTiming,
    takenAt: number,
  ) {
    this.expiry = this.expireFrom(takenAt);
    this.renewal = setInterval(() => {
      // A database that does not answer is left to the expiry.
      this.renew().catch(() => undefined);
    }, timing.renewMs);
  }

  get id(): bigint {
    return this.claim.id;
  }

  get attempt(): number {
    return this.claim.attempt;
  }

  /** Aborted when the claim is lost or the service stops: ends whatever writes to the node. */
  get signal(): AbortSignal {
    return this.stop.signal;
  }

  /** Renews the lease now; the signal is aborted when another epoch, helper or the sweeper has taken the row. */
  async renew(): Promise<void> {
    const asked = performance.now();
    if (!(await renewDeployment(this.database, this.claim, this.timing.leaseMs))) {
      this.stop.abort(new ClaimLost());
      return;
    }
    clearTimeout(this.expiry);
    this.expiry = this.expireFrom(asked);
  }

  /** One transaction on the row as it is held. Throws ClaimLost, or why the service stops. */
  async write<T>(work: (tx: Tx, row: Deployment) => Promise<T>): Promise<T> {
    this.signal.throwIfAborted();
    return this.database.transaction(async (tx) => {
      const row = await lockHeldDeployment(tx.sql, this.claim);
      if (row === undefined) {
        throw this.lost();
      }
      return work(tx, row);
    });
  }

  /** The row as it stands. Throws as `write`. */
  async read(): Promise<Deployment> {
    return this.write((_, row) => Promise.resolve(row));
  }

  /** Ends all that is under way, to be begun again by another. */
  abandon(): void {
    this.stop.abort(new Stopping());
  }

  /** Stops renewing; to be called whatever the end was. */
  close(): void {
    clearInterval(this.renewal);
    clearTimeout(this.expiry);
  }

  /** Gives the unfinished row back, to wait for a helper for so long; false when it was not held any more. */
  release(queueMs: number): Promise<boolean> {
    return releaseDeployment(this.database, this.claim, queueMs);
  }

  private lost(): ClaimLost {
    const error = new ClaimLost();
    this.stop.abort(error);
    return error;
  }

  /** Judged by our own clock, for the database may be out of reach. */
  private expireFrom(start: number): NodeJS.Timeout {
    const leftMs = start + this.timing.leaseMs - marginMs - performance.now();
    return setTimeout(
      () => {
        this.stop.abort(new ClaimLost());
      },
      Math.max(0, leftMs),
    );
  }
}
