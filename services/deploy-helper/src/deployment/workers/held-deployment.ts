import type { Database, Deployment } from '@metalcast/db';
import {
  releaseDeployment,
  type DeploymentClaim,
  type DeploymentKey,
  type DeploymentOfNode,
  type HeldProgress,
} from '@metalcast/db/deploy-helper';
import { ClaimLost, Lease, Stopping } from '@metalcast/work';
import { isHeld } from '../progress.js';
import { keyOf, type DeploymentRows, type Proposal } from '../rows.js';

interface Taken {
  readonly view: DeploymentOfNode;
  readonly claim: DeploymentClaim;
  /** Monotonic time before the row was requested. */
  readonly at: number;
}

export interface HeldOptions {
  readonly database: Database;
  readonly rows: DeploymentRows;
  readonly leaseMs: number;
}

/** This process ends its lease earlier than the others do, by this margin. */
const marginMs = 1000;

/**
 * A deployment that this process holds. Writes to it only while the claim holds. One statement renews its lease
 * together with the other leases of this process.
 */
export class HeldDeployment {
  private readonly lease: Lease;
  private progress: HeldProgress['progress'];
  /** The node erases its disks: that takes hours, but no resources of this host. */
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

  /** The row when it was taken. */
  get row(): Deployment {
    return this.taken.view.deployment;
  }

  get attempt(): number {
    return this.taken.claim.attempt;
  }

  /** Aborted when the claim is lost or the service stops. It ends every write to the node. */
  get signal(): AbortSignal {
    return this.lease.signal;
  }

  /** The row, which may be a moment old. Throws ClaimLost, or the reason why the service stops. */
  async recent(): Promise<DeploymentOfNode> {
    this.signal.throwIfAborted();
    return this.mine(await this.options.rows.recent(this.key));
  }

  /** The row, read now. Throws as `recent`. */
  async read(): Promise<DeploymentOfNode> {
    this.signal.throwIfAborted();
    return this.mine(await this.options.rows.read(this.key));
  }

  /** Changes the row, if this process still holds it. Throws as `recent`. */
  async change(propose: (view: DeploymentOfNode) => Proposal): Promise<void> {
    this.signal.throwIfAborted();
    this.progress = undefined;
    await this.options.rows.settle(this.key, (view) => propose(this.mine(view)));
  }

  /** Notes the progress. The next renewal of the lease stores it and moves the deadline. */
  note(progress: NonNullable<HeldProgress['progress']>): void {
    this.progress = progress;
  }

  /** What the next renewal stores; the same progress is not returned twice. */
  signOfLife(): HeldProgress {
    const { progress } = this;
    this.progress = undefined;
    return {
      ...this.taken.claim,
      node: this.node,
      ...(progress === undefined ? {} : { progress }),
    };
  }

  /** Called after a renewal of the lease that was requested at `asked`. */
  renewed(asked: number): void {
    this.lease.renewed(this.lastsFrom(asked));
  }

  /** Called when another epoch, helper or the sweeper has taken the row. */
  lose(): void {
    this.lease.end();
  }

  /** Ends all work on it; another helper begins it again. */
  abandon(): void {
    this.lease.end(new Stopping());
  }

  /** To be called at the end, whatever the result. */
  close(): void {
    this.lease.close();
  }

  /** Gives the unfinished row back: it waits for a helper for `queueMs`. False when this process no longer held it. */
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
