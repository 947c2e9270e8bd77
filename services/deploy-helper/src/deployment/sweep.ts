import { overdueDeployments, type Database, type DeploymentOfNode } from '@metalcast/db';
import type { Logger } from '@metalcast/log';
import { failure } from './fail.js';
import { overdueFault } from './overdue.js';
import type { DeploymentRows, Proposal } from './rows.js';

interface SweepOptions {
  readonly database: Database;
  readonly logger: Logger;
  readonly rows: DeploymentRows;
}

const atMost = 20;

/** Ends deployments whose deadline has passed. Any helper may; each is ended by one. */
export async function sweepOverdue({ database, logger, rows }: SweepOptions): Promise<void> {
  for (const view of await overdueDeployments(database, atMost)) {
    const ended = await rows.change(view, {
      ...ending(view),
      onlyPast: 'deadline',
      anyEpoch: true,
    });
    if (ended !== undefined) {
      const { epoch, state } = view.deployment;
      logger.warn({ node: view.node.uuid, epoch, state }, 'a deployment was overdue');
    }
  }
}

const ending = (view: DeploymentOfNode): Proposal =>
  view.deployment.state === 'restarting'
    ? // The disk is as good as before; how else the node restarts is for others to say.
      { set: { state: 'verified' }, deadlineMs: null, isAwaited: true }
    : failure(view, overdueFault(view.deployment, view.node));
