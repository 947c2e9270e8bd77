import { randomUUID } from 'node:crypto';
import {
  endLeftBehind,
  lookForDeployments,
  moveDeploymentDeadlines,
  type DeploymentKey,
  type DeploymentOfNode,
} from '@metalcast/db/deploy-helper';
import { deploymentState, Fault } from '@metalcast/domain';
import { withLogContext } from '@metalcast/log';
import { OverdueGuard } from '@metalcast/service';
import { ClaimLost, Loop, Stopping } from '@metalcast/work';
import { Attempt, type AttemptTools } from './attempt.js';
import { startedEvent } from '../events.js';
import { failure } from '../fail.js';
import { HeldDeployment } from './held-deployment.js';
import type { DeploymentLeases } from './leases.js';
import { isNoRoom } from '../../preparation/no-room.js';
import { isAt, type Proposal } from '../rows.js';
import { endOverdue } from './sweep.js';
import { makeWorkFolder, removeWorkFolder } from '../../preparation/work-folder.js';

export interface WorkerOptions extends AttemptTools {
  /** The name of this process as a holder, and of this host in events. */
  readonly owner: string;
  readonly host: string;
  /** Disks written at once. */
  readonly capacity: number;
  readonly sweepMs: number;
  readonly leaseMs: number;
  readonly leases: DeploymentLeases;
  readonly maxAttempts: number;
  readonly workDirectory: string;
  /** Notifies the other helpers to look at the node's deployment. */
  readonly hint: (node: string) => void;
}

/** An unexpected error may pass, for example when the database restarted. */
const triesAfterUnexpected = 3;
/** After an unexpected error a deployment is left to other helpers for so long. */
const abstainMs = 10_000;
/** Ended by one sweep. */
const overdueAtOnce = 20;
/** While nothing is under way, only one sweep in so many looks: a hint announces what is queued meanwhile. */
const mostSweepsAtRest = 4;
/** A helper whose disk is full takes nothing for so long. */
const noRoomMs = 30_000;

/**
 * Takes deployments while there is room: the one that compute orders, and the waiting ones whenever one ends. A
 * deployment without room is queued and announced to the other helpers, so that a full helper keeps no message that
 * another could handle.
 */
export class DeploymentWorkers {
  private readonly running = new Map<HeldDeployment, Promise<void>>();
  /** Number of deployments that are being taken. */
  private taking = 0;
  /** True when some may wait that no helper has taken. */
  private backlog = true;
  private timer: NodeJS.Timeout | undefined;
  private readonly looking: Loop;
  /** The timer says when: what is overdue does not get more so by an event. */
  private sweepWanted = true;
  /**
   * Result of the last look. Without any unfinished deployment, none is overdue or abandoned by its helper for as long
   * as a lease lasts.
   */
  private isAnyUnfinished = true;
  /** Sweeps skipped since the last one. */
  private rested = 0;
  /** While nothing is under way, one sweep in so many looks. */
  private readonly sweepsAtRest: number;
  private stopped = false;
  /** Deployments that are left to other helpers, and until when. */
  private readonly abstaining = new Map<bigint, number>();
  private noRoomUntil = 0;

  /** Other helpers first get the time of a lease to show that they are alive. */
  private readonly overdueGuard: OverdueGuard;

  constructor(private readonly options: WorkerOptions) {
    const { sweepMs, leaseMs: graceMs } = options;
    this.sweepsAtRest = Math.max(1, Math.min(mostSweepsAtRest, Math.floor(graceMs / 2 / sweepMs)));
    this.overdueGuard = new OverdueGuard({
      ...{ everyMs: this.sweepsAtRest * sweepMs, graceMs },
      moveDeadlines: (jump) => moveDeploymentDeadlines(options.database, jump),
    });
    this.looking = new Loop({
      work: () => this.look(),
      onError: (error) => {
        options.logger.warn({ err: error }, 'could not look for deployments');
      },
    });
  }

  start(): void {
    this.timer = setInterval(() => {
      this.rested += 1;
      if (this.isAnyUnfinished || this.rested >= this.sweepsAtRest) {
        this.rested = 0;
        this.sweepWanted = true;
        this.wake();
      }
    }, this.options.sweepMs);
    this.wake();
  }

  /** Whether this host's disk had room when it was last needed. */
  get hasRoom(): boolean {
    return performance.now() >= this.noRoomUntil;
  }

  /** Deployments whose node still erases its disks do not count. */
  private get busy(): number {
    return this.taking + [...this.running.keys()].filter(({ isIdle }) => !isIdle).length;
  }

  private get room(): number {
    return this.stopped || !this.hasRoom ? 0 : Math.max(0, this.options.capacity - this.busy);
  }

  /** Looks for work now. Never rejects; the next sweep finds what this look misses. */
  wake(): void {
    this.backlog = true;
    this.looking.wake();
  }

  /** The node is in this epoch now: a held deployment of another epoch is checked at once. */
  recheck(node: string, epoch: number | undefined): void {
    const { running } = this;
    if ([...running.keys()].some(({ key }) => key.node === node && key.epoch !== epoch)) {
      this.options.leases.renewAll();
    }
  }

  /** A deployment has got a deadline: from now on every sweep looks. */
  expectEnd(): void {
    this.isAnyUnfinished = true;
  }

  /** Takes the deployment that compute orders, or queues it when others wait or there is no room. Idempotent. */
  async deploy(key: DeploymentKey, requestId: string): Promise<void> {
    const { rows, timing } = this.options;
    if (this.backlog || this.room === 0) {
      const { queueMs: deadlineMs } = timing;
      const queued = { event: 'queue' as const, set: { requestId }, deadlineMs };
      await rows.settle(key, (view) => (isAt(deploymentState.hello, view) ? queued : undefined));
      if (this.room === 0) {
        this.options.hint(key.node);
      }
      this.wake();
      return;
    }
    let isTaken = false;
    await this.takeBy(async () => {
      const taken = await rows.settle(key, (view) => {
        isTaken = isAt(deploymentState.hello, view);
        return view !== undefined && isTaken ? this.takeProposal(view, requestId) : undefined;
      });
      this.expectEnd();
      return isTaken ? taken : undefined;
    });
  }

  /** Takes nothing more; gives unfinished work back, for another helper to begin again. */
  async close(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    await this.looking.stop();
    for (const held of this.running.keys()) {
      held.abandon();
    }
    await Promise.all(this.running.values());
  }

  private async look(): Promise<void> {
    while ((this.room > 0 || this.isSweepDue) && (await this.lookFor())) {
      // Until nothing waits.
    }
  }

  private get isSweepDue(): boolean {
    return this.sweepWanted && !this.stopped;
  }

  /** Takes as many as there is room for, and ends the overdue ones. False: no more wait. */
  private async lookFor(): Promise<boolean> {
    const { database, leaseMs, maxAttempts, rows } = this.options;
    const room = this.room;
    await this.overdueGuard.settleJumps();
    const canDeclareOverdue = this.overdueGuard.canDeclareOverdue();
    const sweeps = this.isSweepDue && canDeclareOverdue;
    this.backlog = room === 0;
    this.sweepWanted = false;
    const found = await lookForDeployments(database, {
      ...{ orphans: canDeclareOverdue, leaseMs, maxAttempts, except: this.leftToOthers() },
      ...{ waiting: room, overdue: sweeps ? overdueAtOnce : 0 },
    });
    this.overdueGuard.tick(found.clock);
    // The clock that made them overdue may have jumped.
    const judges = canDeclareOverdue && this.overdueGuard.canDeclareOverdue();
    this.isAnyUnfinished = found.isAnyUnfinished;
    this.backlog ||= found.waiting.length === room;
    for (const view of found.waiting) {
      if (this.room > 0 && (judges || view.deployment.helper === null)) {
        await this.takeBy(() => rows.change(view, this.takeProposal(view)));
      }
    }
    await endOverdue(judges ? found.overdue : [], this.options);
    await (found.isAnyLeftBehind ? this.endLeftBehind() : undefined);
    return this.backlog && room > 0;
  }

  private async endLeftBehind(): Promise<void> {
    const { database, hint, logger, signals, rows } = this.options;
    for (const { node, epoch } of await endLeftBehind(database)) {
      logger.warn({ node, epoch }, "a deployment's node has left its epoch");
      rows.forget(node);
      signals.notify(node);
      hint(node);
    }
  }

  /** Reserves room for the deployment that `take` takes, and begins it. */
  private async takeBy(take: () => Promise<DeploymentOfNode | undefined>): Promise<void> {
    this.taking += 1;
    try {
      const at = performance.now();
      const taken = await take();
      if (taken !== undefined) {
        this.begin(taken, at);
      }
    } finally {
      this.taking -= 1;
    }
  }

  /** The change that takes the row: the next attempt, a new lease, no fault. */
  private takeProposal(
    { node, deployment }: DeploymentOfNode,
    requestId = deployment.requestId,
  ): Proposal {
    const { owner, host, timing, leaseMs } = this.options;
    return {
      event: 'take',
      set: {
        ...{ attempt: deployment.attempt + 1, helper: owner, requestId },
        ...{ bytesDone: 0n, total: 0n, portal: null, zeroed: false },
        ...{ verifyExtents: null, verifySha256: null },
      },
      ...{ leaseMs, deadlineMs: timing.targetMs, isProgress: true, isAwaited: true },
      ...(deployment.helper === null ? {} : { onlyPast: { leaseOfMs: leaseMs } }),
      tell: (out, taken) => {
        out.emit(startedEvent(node.uuid, taken, host));
      },
    };
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

  private begin(view: DeploymentOfNode, at: number): void {
    const { database, rows, leaseMs, leases, owner: helper } = this.options;
    const { id, attempt, requestId } = view.deployment;
    const claim = { id, attempt, helper };
    const held = new HeldDeployment({ database, rows, leaseMs }, { view, claim, at });
    leases.add(held);
    const work = (): Promise<void> => this.work(held, view);
    const ended = withLogContext({ requestId: requestId ?? 'none' }, work)
      .catch((error: unknown) => {
        this.options.logger.error(
          { node: held.node, err: error },
          'a deployment ended with an error',
        );
      })
      .finally(() => {
        leases.remove(held);
        held.close();
        this.running.delete(held);
        if (this.backlog) {
          this.wake();
        }
      });
    this.running.set(held, ended);
  }

  /** Never rejects. */
  private async work(held: HeldDeployment, view: DeploymentOfNode): Promise<void> {
    const { logger, workDirectory } = this.options;
    const { epoch, attempt, disk } = view.deployment;
    const { node } = held;
    const log = logger.child({ node, epoch, attempt });
    log.info({ disk }, 'took a deployment');
    let folder: string | undefined;
    try {
      folder = await makeWorkFolder(workDirectory);
      await new Attempt(this.options, held, view, folder).run();
      log.info({}, 'wrote the disk');
    } catch (error) {
      await this.endBadly(held, held.signal.aborted ? held.signal.reason : error).catch(
        (reason: unknown) => {
          log.warn({ err: reason }, 'the end of an attempt was not stored; its lease will run out');
        },
      );
    } finally {
      await this.cleanUp(folder);
    }
  }

  /** What cannot be removed now is removed at the next start. */
  private async cleanUp(folder: string | undefined): Promise<void> {
    try {
      await (folder === undefined ? undefined : removeWorkFolder(folder));
    } catch (error) {
      this.options.logger.error({ err: error, folder }, 'the folder of an attempt was not removed');
    }
  }

  private async endBadly(held: HeldDeployment, error: unknown): Promise<void> {
    const { logger } = this.options;
    const { node } = held;
    if (error instanceof ClaimLost) {
      logger.warn({ node }, 'lost a deployment to another helper, the sweeper or a new epoch');
      return;
    }
    if (error instanceof Stopping) {
      await this.giveBack(held);
      return;
    }
    const tries = this.triesAfter(error);
    if (held.attempt < tries) {
      this.abstaining.set(held.id, performance.now() + abstainMs);
      await this.giveBack(held);
      return;
    }
    const fault = this.faultOf(error);
    logger.warn({ node, code: fault.code, evidence: fault.evidence }, fault.message);
    await held.change((view) => failure(view, fault));
  }

  private async giveBack(held: HeldDeployment): Promise<void> {
    await held.release(this.options.timing.queueMs);
    this.backlog = true;
    this.options.hint(held.node);
  }

  /** The total of attempts that are allowed after this error. */
  private triesAfter(error: unknown): number {
    const { logger, maxAttempts } = this.options;
    if (isNoRoom(error)) {
      this.noRoomUntil = performance.now() + noRoomMs;
      logger.error(
        { err: error, noRoomMs },
        'the disk of this host is full: no deployment is taken for a while',
      );
      return maxAttempts;
    }
    if (error instanceof Fault) {
      return 0;
    }
    logger.error({ err: error }, 'an attempt failed unexpectedly');
    return triesAfterUnexpected;
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
    this.options.logger.error({ err: error, reference }, 'a deployment failed unexpectedly');
    return new Fault('INTERNAL', { reference, service: 'deploy-helper' }, { cause: error });
  }
}
