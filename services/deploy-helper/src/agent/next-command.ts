import type { AgentCommand } from '@metalcast/contracts';
import type { Deployment } from '@metalcast/db';
import { deploymentState, type FaultRecord } from '@metalcast/domain';
import type { Chap } from '../deployment/keys.js';

export interface NextQuestion {
  readonly deployment: Deployment;
  /** The epoch of the node now. */
  readonly nodeEpoch: number;
  /** The target of the deployment's present attempt. */
  readonly target: Chap & { readonly iqn: string };
}

/** What the ramdisk must do. It depends on the rows alone, so that every helper gives the same answer. */
export function nextCommand({ deployment, nodeEpoch, target }: NextQuestion): AgentCommand {
  const { attempt, state } = deployment;
  if (nodeEpoch !== deployment.epoch) {
    return { command: 'abort', reason: `the node is in epoch ${nodeEpoch} by now` };
  }
  switch (state) {
    case deploymentState.targeting:
      return deployment.targetAttempt === attempt
        ? { command: 'wait' }
        : {
            command: 'target',
            attempt,
            iqn: target.iqn,
            chap_user: target.user,
            chap_secret: target.secret,
            probes: deployment.probes,
          };
    case deploymentState.verifying:
      return { command: 'verify', attempt, extents: deployment.verifyExtents ?? '' };
    case deploymentState.restarting:
    case deploymentState.left:
      return { command: 'reboot', attempt };
    case deploymentState.failed:
      return { command: 'abort', reason: reasonOf(deployment) };
    default:
      return { command: 'wait' };
  }
}

const reasonOf = ({ fault }: Deployment): string =>
  (fault as unknown as FaultRecord | null)?.message ?? 'the deployment failed';
