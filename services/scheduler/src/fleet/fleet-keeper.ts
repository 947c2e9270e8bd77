import { listServices, type Database } from '@metalcast/db';
import { listAggregates } from '@metalcast/db/placement';
import {
  nodesCursor,
  nodesDigest,
  readChangedNodes,
  readNodesPage,
  type SchedulingNode,
} from '@metalcast/db/scheduler';
import type { Logger } from '@metalcast/log';
import { Loop } from '@metalcast/work';
import {
  computeProblems,
  problemsOnceLive,
  workingHosts,
  type ComputeProblems,
} from './compute-services.js';
import type { Fleet } from './fleet.js';
import type { Aggregate } from './host-kind.js';
import { AggregateIndex, readHost } from './read-host.js';

export interface KeeperOptions {
  /** How often to read changed nodes when no event has reported a change. */
  readonly everyMs: number;
  /** How often to compare the whole view with the database. */
  readonly verifyMs: number;
}

const pageSize = 5000;
/** Events come in bursts; one refresh serves the whole burst. */
const gatherMs = 50;
const contextMs = 2000;

/**
 * Keeps the in-memory fleet equal to the database. The fleet is filled once; then only changed nodes are read by
 * cursor, after an event and every few seconds. Missed events, a broker outage or a paused process leave the view stale
 * until the next refresh. A stale view can only lose a claim, because a claim names the node version that was judged.
 * The fleet is never emptied for a new fill: old nodes stay until all new ones are read.
 */
export class FleetKeeper {
  private cursor = '0';
  private aggregates = new AggregateIndex([]);
  /** When the aggregates and compute services were read. */
  private contextReadAt = -Infinity;
  /** Whether the next refresh must read aggregates and compute services too. */
  private isContextDue = false;
  /** The newest read. Reads run one after another. */
  private last: Promise<void> = Promise.resolve();
  /** A requested refresh that has not begun yet. */
  private next: Promise<void> | undefined;
  private gathering: NodeJS.Timeout | undefined;
  private readonly refreshLoop: Loop;
  private verifiedAt = 0;
  /** Time of the last successful refresh, by performance.now(). */
  private refreshedAt = -Infinity;
  problems: ComputeProblems = computeProblems([]);
  /**
   * The problems that would remain if one compute service were live. Undefined when one is live, or when all are
   * disabled.
   */
  problemsOnceLive: ComputeProblems | undefined;
  /** Compute hosts that take work, the best first. */
  workingHosts: readonly string[] = [];

  constructor(
    private readonly database: Database,
    private readonly fleet: Fleet,
    private readonly logger: Logger,
    private readonly options: KeeperOptions,
  ) {
    this.refreshLoop = new Loop({
      work: () => this.refresh(),
      period: { everyMs: options.everyMs, ifRunning: 'again' },
      onError: (error) => {
        logger.warn({ err: error }, 'the nodes could not be read; the in-memory view may be stale');
      },
    });
  }

  /** Fills the fleet. Rejects when the database cannot be read. */
  async start(): Promise<void> {
    await this.inTurn(() => this.fill());
    this.refreshLoop.start();
  }

  async stop(): Promise<void> {
    clearTimeout(this.gathering);
    await this.refreshLoop.stop();
    await this.last.catch(() => undefined);
  }

  /** Whether the last refresh is recent. */
  isFresh(): boolean {
    return performance.now() - this.refreshedAt < 3 * this.options.everyMs + contextMs;
  }

  /** Requests a refresh soon, because an event has reported a change. */
  refreshSoon(): void {
    this.gathering ??= setTimeout(() => {
      this.gathering = undefined;
      this.refreshLoop.wake();
    }, gatherMs);
  }

  /** Resolves when nodes, aggregates and compute services are at least as new as the call. */
  async catchUp(): Promise<void> {
    this.isContextDue = true;
    return this.catchUpNodes();
  }

  /** Like `catchUp`, but aggregates and compute services may be some seconds old. */
  async catchUpNodes(): Promise<void> {
    // A refresh that is already running may have read before the caller's change.
    this.next ??= this.inTurn(() => {
      this.next = undefined;
      if (this.isContextDue) {
        this.isContextDue = false;
        this.contextReadAt = -Infinity;
      }
      return this.readChanges();
    });
    return this.next;
  }

  private inTurn(read: () => Promise<void>): Promise<void> {
    this.last = this.last.catch(() => undefined).then(read);
    return this.last;
  }

  private async refresh(): Promise<void> {
    await this.catchUpNodes();
    await this.inTurn(() => this.verifyInTime());
  }

  /** Reads everything, then updates the fleet: a failed read changes nothing. */
  private async fill(): Promise<void> {
    const started = performance.now();
    // Read before the first page: nodes that change during the fill are read again.
    const before = await nodesCursor(this.database);
    const pages: SchedulingNode[][] = [];
    for (let last = 0; ;) {
      const rows = await readNodesPage(this.database, last, pageSize);
      pages.push(rows);
      const end = rows.at(-1);
      if (end === undefined || rows.length < pageSize) {
        break;
      }
      last = end.id;
    }
    const changed = await readChangedNodes(this.database, before);
    await this.readContext();
    const seen = new Set<number>();
    for (const rows of pages) {
      for (const row of rows) {
        seen.add(row.id);
        this.fleet.replace(readHost(row, this.aggregates, this.fleet));
      }
    }
    this.fleet.keepOnly(seen);
    this.takeAll(changed);
    const ms = Math.round(performance.now() - started);
    this.logger.info({ nodes: this.fleet.size, ms }, 'all nodes were read');
  }

  private async readChanges(): Promise<void> {
    const changed = await readChangedNodes(this.database, this.cursor);
    if (BigInt(changed.cursor) < BigInt(this.cursor)) {
      this.logger.warn({}, 'the database was replaced or restored: all nodes are read again');
      await this.fill();
      return;
    }
    const hasChanged = changed.nodes.some((row) => this.fleet.get(row.id)?.version !== row.version);
    if (hasChanged || performance.now() - this.contextReadAt > contextMs) {
      await this.readContext();
    }
    this.takeAll(changed);
  }

  /**
   * Reads aggregates and compute services, always after the nodes. A change of an aggregate gives its nodes new
   * versions, so new aggregates with an old node lose the claim, and old aggregates never meet a new node.
   */
  private async readContext(): Promise<void> {
    const aggregates = await listAggregates(this.database);
    this.aggregates = new AggregateIndex(
      aggregates.map(({ id, name, metadata, hosts }) => ({
        id,
        name,
        metadata: metadata as Aggregate['metadata'],
        members: new Set(hosts),
      })),
    );
    const services = await listServices(this.database, 'nova-compute');
    this.problems = computeProblems(services);
    this.problemsOnceLive = problemsOnceLive(services);
    this.workingHosts = workingHosts(services);
    this.contextReadAt = performance.now();
  }

  private takeAll({ nodes, cursor }: Awaited<ReturnType<typeof readChangedNodes>>): void {
    for (const row of nodes) {
      if (row.deleted) {
        this.fleet.drop(row.id);
      } else {
        this.fleet.put(readHost(row, this.aggregates, this.fleet));
      }
    }
    this.cursor = cursor;
    this.refreshedAt = performance.now();
  }

  /** Compares the whole view with the database. Skipped until the next refresh when the view changed meanwhile. */
  private async verifyInTime(): Promise<void> {
    if (performance.now() - this.verifiedAt < this.options.verifyMs) {
      return;
    }
    const here = this.digest();
    const there = await nodesDigest(this.database);
    await this.readChanges();
    if (this.digest().versions !== here.versions) {
      return;
    }
    if (here.count !== there.count || here.versions !== there.versions) {
      this.logger.error(
        { here, there },
        'the in-memory view of the nodes was wrong: all nodes are read again',
      );
      await this.fill();
    }
    this.verifiedAt = performance.now();
  }

  private digest(): { count: number; versions: number } {
    let versions = 0;
    for (const { version } of this.fleet.all()) {
      versions += version;
    }
    return { count: this.fleet.size, versions };
  }
}
