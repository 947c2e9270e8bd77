import type { Database, Deployment } from '@metalcast/db';
import {
  releaseDeployment,
  type DeploymentClaim,
  type DeploymentKey,
  type DeploymentOfNode,
  type HeldProgress,
} from '@metalcast/db/deploy-helper';
import { ClaimLost, Lease, Stopping } from '@metalcast/work';
import { isHeld } from './progress.js';
import { keyOf, type DeploymentRows, type Proposal } from './rows.js';

interface Taken {
  readonly view: DeploymentOfNode;
  readonly claim: DeploymentClaim;
  /** By the monotonic clock, before the row was asked for. */
  readonly at: number;
}

export interface HeldOptions {
  readonly database: Database;
  readonly rows: DeploymentRows;
  readonly leaseMs: number;
}

/** The lease ends for us this much before it ends for the others. */
const marginMs = 1000;

/** A taken deployment: written to only while its claim holds. Its lease is renewed with those of the others that this process holds. */
export class HeldDeployment {
  private readonly lease: Lease;
  private progress: HeldProgress['progress'];
  /** Its node empties disks, which takes nothing of this host, but hours. */
  isIdle = false;

  constructor(
    private readonly options: HeldOptions,
    private readonly taken: Taken,
  ) {
    this.lease = new Lease(this.lastsFrom(taken.at));
  }

  get id(): bigint {
    return this.taken.claim.id;
  }

  get node(): string {
    return this.taken.view.node.uuid;
  }

  get key(): DeploymentKey {
    return keyOf(this.taken.view);
  }

  /** As it was taken. */
  get row(): Deployment {
    return this.taken.view.deployment;
  }

  get attempt(): number {
    return this.taken.claim.attempt;
  }

  /** Aborted when the claim is lost or the service stops: ends whatever writes to the node. */
  get signal(): AbortSignal {
    return this.lease.signal;
  }

  /** The row as this process saw it last; as it is when it is not known. Throws ClaimLost, or why the service stops. */
  async recent(): Promise<DeploymentOfNode> {
    this.signal.throwIfAborted();
    return this.mine(await this.options.rows.recent(this.key));
  }

  /** The row as it is. Throws as `recent`. */
  async read(): Promise<DeploymentOfNode> {
    this.signal.throwIfAborted();
    return this.mine(await this.options.rows.read(this.key));
  }

  /** Changes the row, if it is still held. Throws as `recent`. */
  async change(propose: (view: DeploymentOfNode) => Proposal): Promise<void> {
    this.signal.throwIfAborted();
    this.progress = undefined;
    await this.options.rows.settle(this.key, (view) => propose(this.mine(view)));
  }

  /** How far it has come, to be stored with the next renewal of the lease; the deadline moves with it. */
  note(progress: NonNullable<HeldProgress['progress']>): void {
    this.progress = progress;
  }

  /** What is to be stored now; it is not told twice. */
  signOfLife(): HeldProgress {
    const { progress } = this;
    this.progress = undefined;
    return {
      ...this.taken.claim,
      node: this.node,
      ...(progress === undefined ? {} : { progress }),
    };
  }

  /** The lease was renewed; it was asked for at `asked`. */
  renewed(asked: number): void {
    this.lease.renewed(this.lastsFrom(asked));
  }

  /** Another epoch, helper or the sweeper has taken the row. */
  lose(): void {
    this.lease.end();
  }

  /** Ends all that is under way, to be begun again by another. */
  abandon(): void {
    this.lease.end(new Stopping());
  }

  /** To be called whatever the end was. */
  close(): void {
    this.lease.close();
  }

  /** Gives the unfinished row back, to wait for a helper for so long; false when it was not held any more. */
  release(queueMs: number): Promise<boolean> {
    this.options.rows.forget(this.node);
    return releaseDeployment(this.options.database, this.taken.claim, queueMs);
  }

  private mine(view: DeploymentOfNode | undefined): DeploymentOfNode {
    const { attempt, helper } = this.taken.claim;
    const isMine =
      view?.node.epoch === view?.deployment.epoch &&
      view?.deployment.attempt === attempt &&
      view.deployment.helper === helper &&
      isHeld(view.deployment);
    if (!isMine) {
      throw new ClaimLost();
    }
    return view;
  }

  private lastsFrom(asked: number): number {
    return asked + this.options.leaseMs - marginMs;
  }
}
