import type { Database, Outgoing } from '@metalcast/db';
import { renewDeployments, type RenewedDeployment } from '@metalcast/db/deploy-helper';
import type { Logger } from '@metalcast/log';
import { Loop, within } from '@metalcast/work';
import { progressEvent } from '../events.js';
import type { HeldDeployment } from './held-deployment.js';
import type { DeploymentSignals } from '../signals.js';
import type { DeploymentRows } from '../rows.js';

interface LeasesOptions {
  readonly database: Database;
  readonly rows: DeploymentRows;
  readonly signals: DeploymentSignals;
  readonly logger: Logger;
  readonly leaseMs: number;
  readonly everyMs: number;
}

/** Renews all leases of this process by one statement, which also stores and publishes the progress. */
export class DeploymentLeases {
  private readonly held = new Set<HeldDeployment>();
  private readonly renewal: Loop;

  constructor(private readonly options: LeasesOptions) {
    this.renewal = new Loop({
      work: () => this.renewInTime(),
      period: { everyMs: options.everyMs, ifRunning: 'again' },
      onError: (error) => {
        options.logger.debug({ err: error }, 'leases were not renewed');
      },
    });
  }

  add(held: HeldDeployment): void {
    this.held.add(held);
    this.renewal.start();
  }

  remove(held: HeldDeployment): void {
    this.held.delete(held);
    if (this.held.size === 0) {
      this.renewal.pause();
    }
  }

  /** Renews now; renewals never overlap. Never rejects: while the database does not answer, the leases run out. */
  renewAll(): void {
    this.renewal.wake();
  }

  /**
   * A connection that says nothing must not keep the leases: the next renewal goes by another one. A late answer counts
   * all the same.
   */
  private renewInTime(): Promise<void> {
    const late = (): Error => new Error('the database does not answer');
    return within(this.renew([...this.held]), this.options.everyMs, late);
  }

  private async renew(holding: readonly HeldDeployment[]): Promise<void> {
    if (holding.length === 0) {
      return;
    }
    const { database, leaseMs } = this.options;
    const asked = performance.now();
    const signs = holding.map((held) => ({ held, ...held.signOfLife() }));
    const tell = (out: Outgoing): void => {
      for (const { held, node, progress } of signs) {
        if (progress?.bytes !== undefined && progress.bytes.done > 0n) {
          const { done: bytesDone, total } = progress.bytes;
          out.emit(progressEvent(node, { ...held.row, bytesDone, total }, 'writing'));
        }
      }
    };
    const renewed = await renewDeployments(database, signs, leaseMs, tell);
    for (const held of holding) {
      const row = renewed.find(({ id }) => id === held.id);
      if (row === undefined) {
        held.lose();
      } else {
        held.renewed(asked);
        this.notice(held, row);
      }
    }
  }

  /** Replaces a hint that was lost: what the ramdisk reported to another helper shows in the renewed row. */
  private notice(held: HeldDeployment, { targetAttempt, total }: RenewedDeployment): void {
    const known = this.options.rows.remembered(held.key)?.deployment;
    // Until the disk is offered the ramdisk itself reports the progress: it erases disks.
    const isErased = targetAttempt !== held.attempt && known?.total !== total;
    if (known?.targetAttempt !== targetAttempt || isErased) {
      this.options.rows.forget(held.node);
      this.options.signals.notify(held.node);
    }
  }
}
