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
  /** How often to look for changes that no event told of. */
  readonly everyMs: number;
  /** How often to compare the whole with the database. */
  readonly verifyMs: number;
}

const pageSize = 5000;
/** Events come in swarms; one look is enough for all of them. */
const gatherMs = 50;
const contextMs = 2000;

/**
 * Keeps the fleet as the database is: filled once, then changes only, read by cursor when an event tells of one and
 * every few seconds regardless. Missed events, a broker that was down or a process that was paused cost a stale view
 * until the next look, and a stale view costs a lost claim, no more: claims name the version they judged. Once filled,
 * the fleet is never emptied to be read anew: what was known stays until all that replaces it is there.
 */
export class FleetKeeper {
  private cursor = '0';
  private aggregates = new AggregateIndex([]);
  /** When what stands around the nodes was read. */
  private contextReadAt = -Infinity;
  /** Whether somebody waits for the next look to read that too. */
  private isContextDue = false;
  /** The last of the readings, which come one after the other. */
  private last: Promise<void> = Promise.resolve();
  /** A look that has not begun yet. */
  private next: Promise<void> | undefined;
  private gathering: NodeJS.Timeout | undefined;
  private readonly looking: Loop;
  private verifiedAt = 0;
  /** Of the last look that succeeded, by performance.now(). */
  private lookedAt = -Infinity;
  problems: ComputeProblems = computeProblems([]);
  /** Those that will be left when the compute service comes that is awaited; undefined: none is. */
  problemsOnceLive: ComputeProblems | undefined;
  /** Names of compute hosts that take work, the best one first. */
  workingHosts: readonly string[] = [];

  constructor(
    private readonly database: Database,
    private readonly fleet: Fleet,
    private readonly logger: Logger,
    private readonly options: KeeperOptions,
  ) {
    this.looking = new Loop({
      work: () => this.look(),
      period: { everyMs: options.everyMs, ifRunning: 'again' },
      onError: (error) => {
        logger.warn({ err: error }, 'the nodes could not be read; the view may be stale');
      },
    });
  }

  /** Fills the fleet; rejects when the database cannot be read. */
  async start(): Promise<void> {
    await this.inTurn(() => this.fill());
    this.looking.start();
  }

  async stop(): Promise<void> {
    clearTimeout(this.gathering);
    await this.looking.stop();
    await this.last.catch(() => undefined);
  }

  /** Whether the last look is recent. */
  isFresh(): boolean {
    return performance.now() - this.lookedAt < 3 * this.options.everyMs + contextMs;
  }

  /** Something has changed: look soon. */
  nudge(): void {
    this.gathering ??= setTimeout(() => {
      this.gathering = undefined;
      this.looking.wake();
    }, gatherMs);
  }

  /** Resolves when all that was committed before the call is known: nodes, aggregates and compute services. */
  async catchUp(): Promise<void> {
    this.isContextDue = true;
    return this.catchUpNodes();
  }

  /** The same for nodes alone: what they do not tell of (compute services) may be some seconds old. */
  async catchUpNodes(): Promise<void> {
    // A look that is under way may have read before what the caller knows of.
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

  private async look(): Promise<void> {
    await this.catchUpNodes();
    await this.inTurn(() => this.verifyInTime());
  }

  /** Reads all; nothing of it is taken in before everything is there. */
  private async fill(): Promise<void> {
    const started = performance.now();
    // Taken before the first page: what changes while they are read is read again.
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
    this.logger.info({ nodes: this.fleet.size, ms }, 'the nodes are read');
  }

  private async readChanges(): Promise<void> {
    const changed = await readChangedNodes(this.database, this.cursor);
    if (BigInt(changed.cursor) < BigInt(this.cursor)) {
      this.logger.warn({}, 'the database is another or an older one: all nodes are read anew');
      await this.fill();
      return;
    }
    const isNews = changed.nodes.some((row) => this.fleet.get(row.id)?.version !== row.version);
    if (isNews || performance.now() - this.contextReadAt > contextMs) {
      await this.readContext();
    }
    this.takeAll(changed);
  }

  /**
   * What stands around the nodes. Read after them: whoever changes an aggregate gives its nodes a new version, so new
   * aggregates with an old node lose the claim, and never the other way round.
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
    this.lookedAt = performance.now();
  }

  /**
   * Compares with the database as a whole, when neither a look nor a claim brings anything meanwhile; else the next
   * time.
   */
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
      this.logger.error({ here, there }, 'the view of the nodes was wrong: all are read anew');
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
