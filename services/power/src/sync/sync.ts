import type { Database } from '@metalcast/db';
import {
  holdShares,
  leaveGroup,
  nodesOfBuckets,
  unreachedNodes,
  type Group,
  type NodeToRead,
} from '@metalcast/db/power';
import type { Logger } from '@metalcast/log';
import { Loop } from '@metalcast/work';
import { healthKey } from '../bmc.js';
import type { BmcHealth } from '../bmc-health.js';
import { Lane } from './lane.js';
import type { PowerObserver } from './observe.js';

export interface SyncOptions {
  readonly database: Database;
  readonly logger: Logger;
  readonly health: BmcHealth;
  readonly observer: PowerObserver;
  readonly owner: string;
  /** Each BMC is read once in this time. */
  readonly intervalMs: number;
  /** BMCs read at the same time. */
  readonly concurrency: number;
  readonly leaseMs: number;
  readonly renewMs: number;
}

const buckets = 64;
/** An interval has so many moments; each reads its share of the buckets. */
const moments = 16;
/** A batch of enrolled nodes is as many events; they are listed by one statement. */
const gatherMs = 50;

/**
 * Reads every BMC once per interval. The nodes fall into 64 buckets, leased to the live power processes. Each bucket
 * has its moment in the interval, together with three others. BMCs that did not answer last time wait only for each
 * other. A BMC that is new, or has another address or password, is read as soon as an event tells of it.
 */
export class PowerSync {
  private readonly group: Group;
  private readonly healthy: Lane;
  private readonly suspects: Lane;
  private readonly pending = new Set<number>();
  private readonly stop = new AbortController();
  private mine: ReadonlySet<number> = new Set();
  private readonly renewal: Loop;
  private timer: NodeJS.Timeout | undefined;
  private gathering: NodeJS.Timeout | undefined;
  private changed: string[] = [];
  private turn = 0;

  constructor(private readonly options: SyncOptions) {
    this.group = { name: 'power.sync', shares: buckets, ttlMs: options.leaseMs };
    const failed = (error: unknown): void => {
      options.logger.error({ err: error }, 'the power of a node could not be read');
    };
    this.healthy = new Lane(options.concurrency, failed);
    this.suspects = new Lane(options.concurrency, failed);
    this.renewal = new Loop({
      work: () => this.renew(),
      period: { everyMs: options.renewMs, ifRunning: 'again' },
      onError: (error) => {
        this.mine = new Set();
        options.logger.warn({ err: error }, 'power sync could not renew its leases');
      },
    });
  }

  start(): void {
    this.renewal.wake();
    this.renewal.start();
    this.timer = setInterval(() => {
      this.next();
    }, this.options.intervalMs / moments);
  }

  async close(): Promise<void> {
    this.stop.abort();
    clearInterval(this.timer);
    clearTimeout(this.gathering);
    await this.renewal.stop();
    await Promise.all([this.healthy.drain(), this.suspects.drain()]);
    await this.options.observer.close();
    await leaveGroup(this.options.database, this.group, this.options.owner).catch(() => undefined);
  }

  /** The node is new or was changed: if its BMC was not reached yet, this reads it soon. */
  noteChange(uuid: string): void {
    if (!this.stop.signal.aborted) {
      this.changed.push(uuid);
      this.gathering ??= setTimeout(() => {
        this.gathering = undefined;
        this.readChanged().catch(this.notListed);
      }, gatherMs);
    }
  }

  private readonly notListed = (error: unknown): void => {
    this.options.logger.warn({ err: error }, 'power sync could not list its nodes');
  };

  private async renew(): Promise<void> {
    this.mine = await holdShares(this.options.database, this.group, this.options.owner);
  }

  private next(): void {
    const moment = this.turn % moments;
    this.turn += 1;
    const due = [...this.mine].filter((bucket) => bucket % moments === moment);
    if (due.length > 0) {
      this.readBuckets(due).catch(this.notListed);
    }
  }

  private async readBuckets(due: readonly number[]): Promise<void> {
    this.readAll(await nodesOfBuckets(this.options.database, due, buckets));
  }

  private async readChanged(): Promise<void> {
    const uuids = this.changed.splice(0);
    const mine = { some: [...this.mine], buckets };
    this.readAll(await unreachedNodes(this.options.database, uuids, mine));
  }

  private readAll(nodes: readonly NodeToRead[]): void {
    const { health, observer } = this.options;
    for (const node of nodes) {
      if (this.stop.signal.aborted || this.pending.has(node.id)) {
        continue;
      }
      const failing = node.powerFault !== null || health.hasFailed(healthKey(node));
      const forget = (): void => {
        this.pending.delete(node.id);
      };
      this.pending.add(node.id);
      // The next BMC is read while this reading is written.
      (failing ? this.suspects : this.healthy).add(async () => {
        const { written } = await observer.check(node, this.stop.signal);
        void written.then(forget, forget);
      });
    }
  }
}
