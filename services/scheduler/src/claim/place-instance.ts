import { compute, type RequestContext } from '@metalcast/contracts';
import { Outgoing, type Database } from '@metalcast/db';
import { readWaitingBuild, refuseWaitingBuild, type WaitingBuild } from '@metalcast/db/scheduler';
import { Fault, nodeState } from '@metalcast/domain';
import type { Logger } from '@metalcast/log';
import { castMessage } from '@metalcast/rpc';
import type { NotificationConfig } from '@metalcast/service';
import type { Config } from '../config.js';
import { explain } from '../explain/explain.js';
import { counts, sentence } from '../explain/sentence.js';
import type { FleetKeeper } from '../fleet/fleet-keeper.js';
import type { Fleet } from '../fleet/fleet.js';
import { label, type HostState } from '../fleet/host-state.js';
import { requestOf } from '../request/from-build.js';
import { requireInstances } from '../request/known-instances.js';
import type { PlacementRequest } from '../request/placement-request.js';
import type { Placement } from '../select/placement.js';
import type { Selector } from '../select/selector.js';
import { claim, type ClaimOutcome } from './claim.js';
import { notifyRefusal } from './notify-refusal.js';

/** A lost claim means that another request took the node. So many lost claims are a storm, or a bug. */
const maxLost = 200;

type PlaceOptions = Pick<Config, 'hostSubsetSize' | 'host'> & NotificationConfig;

/** Finds a node for an instance whose build waits for one. */
export class PlaceInstance {
  private readonly fleet: Fleet;
  private readonly keeper: FleetKeeper;
  private readonly selector: Selector;

  constructor(
    private readonly database: Database,
    { fleet, keeper, selector }: Placement,
    private readonly logger: Logger,
    private readonly options: PlaceOptions,
  ) {
    this.fleet = fleet;
    this.keeper = keeper;
    this.selector = selector;
  }

  /**
   * Claims the best node for the instance, or ends its wait with the reasons. When only a live compute service is
   * missing, the build stays in the wait. Idempotent: a placed instance is skipped. Fault NOT_FOUND when the instance
   * never existed.
   */
  async place(instanceUuid: string, ctx: RequestContext): Promise<void> {
    const build = await this.waitingBuild(instanceUuid);
    if (build === undefined) {
      return;
    }
    try {
      await this.placeBuild(build, ctx);
    } catch (error) {
      if (error instanceof Fault && error.retryable === 'no') {
        await this.end(build, error, ctx);
        return;
      }
      throw error;
    }
  }

  /**
   * Ends the wait of an instance with `fault`. Idempotent: a placed instance is skipped. Fault NOT_FOUND when the
   * instance never existed.
   */
  async refuse(instanceUuid: string, fault: Fault, ctx: RequestContext): Promise<void> {
    const build = await this.waitingBuild(instanceUuid);
    if (build !== undefined) {
      await this.end(build, fault, ctx);
    }
  }

  /** Reads the waiting build first: the instance is looked up only when no build waits. */
  private async waitingBuild(instanceUuid: string): Promise<WaitingBuild | undefined> {
    const build = await readWaitingBuild(this.database, instanceUuid);
    if (build === undefined) {
      await requireInstances(this.database, [instanceUuid]);
      this.logger.info(
        { instanceUuid },
        'no build waits for a node: the instance is placed or its build has ended',
      );
    }
    return build;
  }

  private async placeBuild(build: WaitingBuild, ctx: RequestContext): Promise<void> {
    let request = await requestOf(this.database, build);
    let isCertain = false;
    for (let lost = 0; lost < maxLost;) {
      const host = this.choose(request);
      if (host === undefined) {
        // A refusal needs a fresh view, and the end of every claim that is under way: a claim may fail and free its
        // node.
        if (!isCertain) {
          await this.keeper.catchUp();
          request = await requestOf(this.database, build);
          isCertain = true;
        } else if (this.fleet.holds > 0) {
          await this.fleet.nextRelease();
        } else if (this.waitsForCompute(request)) {
          const { uuid: instanceUuid } = build.instance;
          this.logger.warn({ instanceUuid }, 'no compute service is live: the build waits for one');
          return;
        } else {
          throw this.noValidHost(request);
        }
        continue;
      }
      const { outcome } = await this.claim(build, request, host, ctx);
      if (outcome === 'claimed' || outcome === 'not-wanted') {
        return;
      }
      lost += 1;
      if (outcome === 'lost' && lost > 1) {
        await this.keeper.catchUpNodes();
      }
      if (outcome === 'refused') {
        request = await requestOf(this.database, build);
      }
    }
    throw new Fault('PLACEMENT_CONTENDED', { instance: build.instance.uuid });
  }

  /**
   * Whether only a live compute service is missing. The first compute service that starts requests placement again for
   * every build whose retry time has come.
   */
  private waitsForCompute(request: PlacementRequest): boolean {
    const problems = this.keeper.problemsOnceLive;
    return problems !== undefined && this.selector.best(request, 1, { problems }).length > 0;
  }

  private choose(request: PlacementRequest): HostState | undefined {
    const best = this.selector.best(request, this.options.hostSubsetSize);
    return best[Math.floor(Math.random() * best.length)];
  }

  private async claim(
    { operation, instance }: WaitingBuild,
    request: PlacementRequest,
    host: HostState,
    ctx: RequestContext,
  ): Promise<ClaimOutcome> {
    const release = this.fleet.hold(host.id);
    let released = Promise.resolve();
    try {
      const { id: operationId, attempt } = operation;
      const ids = { operationId, attempt, instanceUuid: instance.uuid };
      const result = await claim(this.database, { ...ids, request, host }, ctx);
      if (result.outcome === 'claimed') {
        this.take(host, instance.uuid, request, result);
      } else if (result.outcome === 'lost') {
        // The next candidate can be tried at once. The lost node stays held until its new state is read.
        released = this.keeper.catchUpNodes();
      }
      const { outcome } = result;
      const { uuid: instanceUuid } = instance;
      this.logger.info({ instanceUuid, node: host.uuid, name: label(host), outcome }, 'claim');
      return result;
    } finally {
      released.catch(() => undefined).finally(release);
    }
  }

  private take(
    host: HostState,
    instanceUuid: string,
    { flavor }: PlacementRequest,
    { epoch, version }: Pick<HostState, 'epoch' | 'version'>,
  ): void {
    const kindKey = this.fleet.groupOf(host.id)?.key;
    if (kindKey !== undefined) {
      const taken = {
        instanceUuid,
        instanceFlavor: flavor.flavorid,
        taskState: nodeState.building,
      };
      this.fleet.put({ kindKey, host: { ...host, ...taken, epoch, version } });
    }
  }

  private noValidHost(request: PlacementRequest): Fault {
    const explained = explain(this.fleet, this.selector.prepare(request));
    return new Fault('NO_VALID_HOST', { reason: sentence(explained), counts: counts(explained) });
  }

  /** Stores the reasons in the operation's row, where compute reads them. */
  private async end(
    { operation: { id }, instance }: WaitingBuild,
    fault: Fault,
    ctx: RequestContext,
  ): Promise<void> {
    const { uuid } = instance;
    const out = new Outgoing();
    out.cast(uuid, castMessage(compute, 'advance', { operation_id: id }, ctx));
    notifyRefusal(out, this.options, { instance, fault, ctx });
    await refuseWaitingBuild(
      this.database,
      id,
      { ...fault.toRecord('schedule'), evidence: [] },
      out,
    );
    this.logger.info({ instanceUuid: uuid, code: fault.code, reason: fault.message }, 'not placed');
  }
}
