import type { ArgsOf, deployHelper, RequestContext } from '@metalcast/contracts';
import { deploymentState } from '@metalcast/domain';
import type { DeploymentNews } from './news.js';
import { isAt, type DeploymentRows, type Proposal } from './rows.js';
import type { DeploymentWorkers } from './workers.js';

interface CommandOptions {
  readonly rows: DeploymentRows;
  readonly news: DeploymentNews;
  readonly workers: DeploymentWorkers;
  /** Names this process in hints. */
  readonly owner: string;
  readonly timing: { readonly restartMs: number };
}

type Args = ArgsOf<typeof deployHelper, 'deploy'>;

/** What compute asks of a deployment, and what other helpers tell of it. */
export class DeploymentCommands {
  constructor(private readonly options: CommandOptions) {}

  /** To be written by this helper if it has room, else by whichever has. A repeat, or an older epoch, changes nothing. */
  async deploy(args: Args, { requestId }: RequestContext): Promise<void> {
    await this.options.workers.deploy(args, requestId);
  }

  /** To be told to its ramdisk at its next question. A repeat, or an older epoch, changes nothing. */
  async restart(args: Args): Promise<void> {
    await this.options.rows.settle(args, (view) =>
      isAt(deploymentState.verified, view) ? this.restarting : undefined,
    );
    this.options.workers.expectEnd();
  }

  /** Another helper has changed the node's deployment, or queued it. It says nothing that the row does not. */
  look({ node, from }: ArgsOf<typeof deployHelper, 'look'>): Promise<void> {
    if (from !== this.options.owner) {
      this.options.rows.forget(node);
      this.options.news.tell(node);
      this.options.workers.wake();
    }
    return Promise.resolve();
  }

  private get restarting(): Proposal {
    const { restartMs: deadlineMs } = this.options.timing;
    return { event: 'restart', deadlineMs, isAwaited: true };
  }
}
