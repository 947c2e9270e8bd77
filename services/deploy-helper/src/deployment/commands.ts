import type { ArgsOf, deployHelper, RequestContext } from '@metalcast/contracts';
import { deploymentState } from '@metalcast/domain';
import type { DeploymentSignals } from './signals.js';
import { isAt, type DeploymentRows, type Proposal } from './rows.js';
import type { DeploymentWorkers } from './workers/workers.js';

interface CommandOptions {
  readonly rows: DeploymentRows;
  readonly signals: DeploymentSignals;
  readonly workers: DeploymentWorkers;
  /** The name of this process in hints. */
  readonly owner: string;
  readonly timing: { readonly restartMs: number };
}

type Args = ArgsOf<typeof deployHelper, 'deploy'>;

/** Takes the orders of compute for a deployment, and the hints of other helpers. */
export class DeploymentCommands {
  constructor(private readonly options: CommandOptions) {}

  /**
   * Has the deployment written, by this helper if it has room, else by any helper that has. Idempotent; an older epoch
   * changes nothing.
   */
  async deploy(args: Args, { requestId }: RequestContext): Promise<void> {
    await this.options.workers.deploy(args, requestId);
  }

  /**
   * Stores the order to restart; the ramdisk gets it with its next request. Idempotent; an older epoch changes nothing.
   */
  async restart(args: Args): Promise<void> {
    await this.options.rows.settle(args, (view) =>
      isAt(deploymentState.verified, view) ? this.restarting : undefined,
    );
    this.options.workers.expectEnd();
  }

  /** Another helper has changed or queued the node's deployment. The hint contains nothing that the row does not. */
  look({ node, from }: ArgsOf<typeof deployHelper, 'look'>): Promise<void> {
    if (from !== this.options.owner) {
      this.options.rows.forget(node);
      this.options.signals.notify(node);
      this.options.workers.wake();
    }
    return Promise.resolve();
  }

  private get restarting(): Proposal {
    const { restartMs: deadlineMs } = this.options.timing;
    return { event: 'restart', deadlineMs, isAwaited: true };
  }
}
