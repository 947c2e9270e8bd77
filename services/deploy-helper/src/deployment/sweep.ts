import {
  lockOverdueDeployments,
  type Database,
  type DeploymentOfNode,
  type Tx,
} from '@metalcast/db';
import type { Logger } from '@metalcast/log';
import { failDeployment } from './fail.js';
import type { DeploymentNews } from './news.js';
import { overdueFault } from './overdue.js';

interface SweepOptions {
  readonly database: Database;
  readonly logger: Logger;
  readonly news: DeploymentNews;
}

const atMost = 20;

/** Ends deployments whose deadline has passed. Any helper may; a row is looked at by one. */
export async function sweepOverdue({ database, logger, news }: SweepOptions): Promise<void> {
  const judged = await database.transaction(async (tx) => {
    const overdue = await lockOverdueDeployments(tx.sql, atMost);
    for (const found of overdue) {
      await judge(tx, found);
    }
    return overdue;
  });
  for (const { node, deployment } of judged) {
    const { epoch, state } = deployment;
    logger.warn({ node: node.uuid, epoch, state }, 'a deployment was overdue');
    news.tell(node.uuid);
  }
}

async function judge(tx: Tx, { node, deployment }: DeploymentOfNode): Promise<void> {
  if (deployment.state === 'restarting') {
    // The disk is as good as before; how else the node restarts is for others to say.
    const data = { state: 'verified', deadlineAt: null };
    await tx.sql.deployment.update({ where: { id: deployment.id }, data });
    return;
  }
  const fault = overdueFault(deployment, node);
  await failDeployment(tx, { node: node.uuid, row: deployment, fault });
}
