import type { DeploymentOfNode } from '@metalcast/db/deploy-helper';
import { deploymentState } from '@metalcast/domain';
import type { Logger } from '@metalcast/log';
import { failure } from '../fail.js';
import { overdueFault } from '../overdue.js';
import type { DeploymentRows, Proposal } from '../rows.js';

interface SweepOptions {
  readonly logger: Logger;
  readonly rows: DeploymentRows;
}

/** Ends deployments whose deadline has passed. Every helper calls it; each deployment is ended by one of them. */
export async function endOverdue(
  overdue: readonly DeploymentOfNode[],
  { logger, rows }: SweepOptions,
): Promise<void> {
  for (const view of overdue) {
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
  view.deployment.state === deploymentState.restarting
    ? // The disk is as good as before; other services find out whether the node restarts.
      { event: 'overdue', deadlineMs: null, isAwaited: true }
    : failure(view, overdueFault(view.deployment, view.node));
