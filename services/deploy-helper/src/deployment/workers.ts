import { randomUUID } from 'node:crypto';
import { takeDeployment, type Deployment } from '@metalcast/db';
import { Fault } from '@metalcast/domain';
import { withLogContext } from '@metalcast/log';
import { Patience } from '@metalcast/service';
import { Attempt, type AttemptTools } from './attempt.js';
import { startedEvent } from './events.js';
import { failDeployment } from './fail.js';
import { ClaimLost, HeldDeployment, Stopping, type LeaseTiming } from './held-deployment.js';
import { sweepOverdue } from './sweep.js';
import { isNoRoom } from './no-room.js';
import { makeWorkFolder, removeWorkFolder } from './work-folder.js';

export interface WorkerOptions extends AttemptTools {
  /** Names this process as a holder, and this host in events. */
  readonly owner: string;
  readonly host: string;
  /** Disks written at once. */
  readonly capacity: number;
  readonly sweepMs: number;
  readonly lease: LeaseTiming;
  readonly maxAttempts: number;
  readonly workDirectory: string;
}

/** What has no name may have been a passing thing, as a database that restarted. */
const triesAfterSurprise = 3;
/** So long a deployment that surprised this helper is left to others. */
const abstainMs = 10_000;
/** So long a helper whose disk is full takes nothing. */
const noRoomMs = 30_000;

interface Taken {
  readonly row: Deployment;
  readonly node: string;
  readonly at: number;
}

/**
 * Takes deployments while there is room, and looks for more whenever one ends. Deployments that are queued are
 * announced to all helpers by an event, so one without room holds no message that another could serve.
 */
export class DeploymentWorkers {
  private readonly running = new Map<HeldDeployment, { node: string; ended: Promise<void> }>();
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> | undefined;
  private lookAgain = false;
  /** The timer says when: what is overdue does not get more so by an event. */
  private sweepWanted = true;
  private stopped = false;
  /** Deployments that are left to others, until when. */
  private readonly abstaining = new Map<bigint, number>();
  private noRoomUntil = 0;

  /** Others first get the time of a lease to show that they live. */
  private readonly patience: Patience;

  constructor(private readonly options: WorkerOptions) {
    const { sweepMs: everyMs, lease } = options;
    this.patience = new Patience({ everyMs, graceMs: lease.leaseMs });
  }

  start(): void {
    this.timer = setInterval(() => {
      this.sweepWanted = true;
      this.wake();
    }, this.options.sweepMs);
    this.wake();
  }

  /** Whether this host's disk had room when it was last needed. */
  get hasRoom(): boolean {
    return performance.now() >= this.noRoomUntil;
  }

  /** Those that wait for a node to empty its disks do not count. */
  private get busy(): number {
    return [...this.running.keys()].filter(({ isIdle }) => !isIdle).length;
  }

  /** Looks for work now. Never rejects; what it misses the next sweep finds. */
  wake(): void {
    this.lookAgain = true;
    if (this.stopped) {
      return;
    }
    this.looking ??= this.lookOnce();
  }

  /** Something has happened to a node: whether what we hold of it is still ours shows at once. */
  recheck(node: string): void {
    for (const [held, work] of this.running) {
      if (work.node === node) {
        held.renew().catch(() => undefined);
      }
    }
  }

  /** Takes nothing more; what is under way is handed back, for another to begin again. */
  async close(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    await this.looking;
    for (const held of this.running.keys()) {
      held.abandon();
    }
    await Promise.all([...this.running.values()].map(({ ended }) => ended));
  }

  private async lookOnce(): Promise<void> {
    try {
      await this.look();
    } finally {
      this.looking = undefined;
      if (this.lookAgain) {
        this.wake();
      }
    }
  }

  /** Never rejects. */
  private async look(): Promise<void> {
    try {
      this.lookAgain = false;
      this.patience.look();
      const judging = this.patience.mayJudge();
      while (!this.stopped && this.hasRoom && this.busy < this.options.capacity) {
        const taken = await this.take(judging);
        if (taken === undefined) {
          break;
        }
        this.begin(taken);
      }
      if (judging && this.sweepWanted && !this.stopped) {
        this.sweepWanted = false;
        await sweepOverdue(this.options);
      }
    } catch (error) {
      this.options.logger.warn({ err: error }, 'could not look for deployments');
    }
  }

  private async take(orphans: boolean): Promise<Taken | undefined> {
    const { database, owner, host, lease, timing, maxAttempts } = this.options;
    const at = performance.now();
    const { leaseMs } = lease;
    const taken = await database.transaction(async ({ sql, out }) => {
      const row = await takeDeployment(sql, {
        ...{ helper: owner, leaseMs, targetMs: timing.targetMs, orphans, maxAttempts },
        except: this.leftToOthers(),
      });
      if (row === undefined) {
        return undefined;
      }
      const { uuid } = await sql.node.findUniqueOrThrow({ where: { id: row.nodeId } });
      out.emit(startedEvent(uuid, row, host));
      return { row, node: uuid, at };
    });
    if (taken !== undefined) {
      this.options.news.tell(taken.node);
    }
    return taken;
  }

  private leftToOthers(): bigint[] {
    const now = performance.now();
    for (const [id, until] of this.abstaining) {
      if (now >= until) {
        this.abstaining.delete(id);
      }
    }
    return [...this.abstaining.keys()];
  }

  private begin({ row, node, at }: Taken): void {
    const { database, owner: helper, lease } = this.options;
    const claim = { id: row.id, attempt: row.attempt, helper };
    const held = new HeldDeployment(database, claim, lease, at);
    const work = (): Promise<void> => this.work(held, row, node);
    const ended = withLogContext({ requestId: row.requestId ?? 'none' }, work)
      .catch((error: unknown) => {
        this.options.logger.error({ node, err: error }, 'a deployment ended badly');
      })
      .finally(() => {
        held.close();
        this.running.delete(held);
        this.wake();
      });
    this.running.set(held, { node, ended });
  }

  /** Never rejects. */
  private async work(held: HeldDeployment, row: Deployment, node: string): Promise<void> {
    const { logger, workDirectory, news } = this.options;
    const { epoch, attempt } = row;
    const log = logger.child({ node, epoch, attempt });
    log.info({ disk: row.disk }, 'took a deployment');
    let folder: string | undefined;
    try {
      folder = await makeWorkFolder(workDirectory);
      await new Attempt(this.options, held, row, folder).run();
      log.info({}, 'wrote the disk');
    } catch (error) {
      await this.endBadly(held, node, held.signal.aborted ? held.signal.reason : error).catch(
        (reason: unknown) => {
          log.warn({ err: reason }, 'the end of an attempt was not stored; its lease will pass');
        },
      );
    } finally {
      await this.cleanUp(folder);
      news.tell(node);
    }
  }

  /** What stays behind all the same, the next start removes. */
  private async cleanUp(folder: string | undefined): Promise<void> {
    try {
      await (folder === undefined ? undefined : removeWorkFolder(folder));
    } catch (error) {
      this.options.logger.error({ err: error, folder }, 'the folder of an attempt stays behind');
    }
  }

  private async endBadly(held: HeldDeployment, node: string, error: unknown): Promise<void> {
    const { logger, timing } = this.options;
    const { queueMs } = timing;
    if (error instanceof ClaimLost) {
      logger.warn({ node }, 'lost a deployment to another helper, the sweeper or a new epoch');
      return;
    }
    if (error instanceof Stopping) {
      await held.release(queueMs);
      return;
    }
    const tries = this.triesAfter(error);
    if (held.attempt < tries) {
      this.abstaining.set(held.id, performance.now() + abstainMs);
      await held.release(queueMs);
      return;
    }
    const fault = this.faultOf(error);
    logger.warn({ node, code: fault.code, evidence: fault.evidence }, fault.message);
    await held.write(async (tx, row) => {
      await failDeployment(tx, { node, row, fault });
    });
  }

  /** Attempts in all that such an end allows. */
  private triesAfter(error: unknown): number {
    const { logger, maxAttempts } = this.options;
    if (isNoRoom(error)) {
      this.noRoomUntil = performance.now() + noRoomMs;
      logger.error({ err: error, noRoomMs }, 'the disk of this host is full: takes nothing now');
      return maxAttempts;
    }
    if (error instanceof Fault) {
      return 0;
    }
    logger.error({ err: error }, 'an attempt met the unexpected');
    return triesAfterSurprise;
  }

  private faultOf(error: unknown): Fault {
    if (isNoRoom(error)) {
      const reason = `The disk of deploy helper ${this.options.host} is full.`;
      return new Fault('UNAVAILABLE', { reason }, { cause: error });
    }
    return error instanceof Fault ? error : this.unexpected(error);
  }

  private unexpected(error: unknown): Fault {
    const reference = randomUUID();
    this.options.logger.error({ err: error, reference }, 'a deployment met the unexpected');
    return new Fault('INTERNAL', { reference, service: 'deploy-helper' }, { cause: error });
  }
}
