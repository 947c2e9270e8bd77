import type { ArgsOf, deployHelper, RequestContext } from '@metalcast/contracts';
import { clockPlus, lockDeployment, type Database, type Deployment, type Tx } from '@metalcast/db';
import { progressEvent } from './events.js';
import type { DeploymentNews } from './news.js';

interface CommandOptions {
  readonly database: Database;
  readonly news: DeploymentNews;
  /** Looks for work. */
  readonly wake: () => void;
  readonly timing: { readonly queueMs: number; readonly restartMs: number };
}

type Args = ArgsOf<typeof deployHelper, 'deploy'>;

/** What compute asks of a deployment: changes of its row. */
export class DeploymentCommands {
  constructor(private readonly options: CommandOptions) {}

  /** To be written by whichever helper has room. A repeat, or an older epoch, changes nothing. */
  async deploy(args: Args, { requestId }: RequestContext): Promise<void> {
    const { queueMs } = this.options.timing;
    await this.move(args, 'hello', async ({ sql, out }, row) => {
      const deadlineAt = await clockPlus(sql, queueMs);
      const data = { state: 'queued', deadlineAt, requestId };
      const queued = await sql.deployment.update({ where: { id: row.id }, data });
      // Heard by all helpers: the one that took the message may be without room.
      out.emit(progressEvent(args.node, queued, 'queued'));
    });
    this.options.wake();
  }

  /** To be told to its ramdisk at its next question. A repeat, or an older epoch, changes nothing. */
  async restart(args: Args): Promise<void> {
    const { restartMs } = this.options.timing;
    await this.move(args, 'verified', async ({ sql, out }, row) => {
      const deadlineAt = await clockPlus(sql, restartMs);
      const data = { state: 'restarting', deadlineAt };
      const restarting = await sql.deployment.update({ where: { id: row.id }, data });
      out.emit(progressEvent(args.node, restarting, 'restarting'));
    });
    this.options.news.tell(args.node);
  }

  private async move(
    { node, epoch }: Args,
    from: string,
    change: (tx: Tx, row: Deployment) => Promise<void>,
  ): Promise<void> {
    await this.options.database.transaction(async (tx) => {
      const found = await lockDeployment(tx.sql, node, epoch);
      if (found?.deployment.state === from && found.node.epoch === epoch) {
        await change(tx, found.deployment);
      }
    });
  }
}
