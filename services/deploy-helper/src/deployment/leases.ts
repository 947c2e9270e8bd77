import type { Database, Outgoing } from '@metalcast/db';
import { renewDeployments, type RenewedDeployment } from '@metalcast/db/deploy-helper';
import type { Logger } from '@metalcast/log';
import { Loop } from '@metalcast/work';
import { progressEvent } from './events.js';
import type { HeldDeployment } from './held-deployment.js';
import type { DeploymentNews } from './news.js';
import type { DeploymentRows } from './rows.js';

interface LeasesOptions {
  readonly database: Database;
  readonly rows: DeploymentRows;
  readonly news: DeploymentNews;
  readonly logger: Logger;
  readonly leaseMs: number;
  readonly everyMs: number;
}

/** Renews the leases of all that this process holds by one statement, which stores their progress and tells it as well. */
export class DeploymentLeases {
  private readonly held = new Set<HeldDeployment>();
  private readonly renewal: Loop;

  constructor(private readonly options: LeasesOptions) {
    this.renewal = new Loop({
      work: () => this.renew([...this.held]),
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

  /** Now, one renewal after the other. Never rejects: a database that does not answer is left to the leases' end. */
  renewAll(): void {
    this.renewal.wake();
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

  /** A hint that was lost: what the ramdisk told another helper shows here. */
  private notice(held: HeldDeployment, { targetAttempt, total }: RenewedDeployment): void {
    const known = this.options.rows.remembered(held.key)?.deployment;
    // Until the disk is offered, what is done is told by the ramdisk: it empties disks.
    const isErased = targetAttempt !== held.attempt && known?.total !== total;
    if (known?.targetAttempt !== targetAttempt || isErased) {
      this.options.rows.forget(held.node);
      this.options.news.tell(held.node);
    }
  }
}
