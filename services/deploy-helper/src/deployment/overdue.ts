import type { Deployment } from '@metalcast/db';
import type { DeploymentNode } from '@metalcast/db/deploy-helper';
import { deploymentState, Fault } from '@metalcast/domain';
import { percentDone } from './fail.js';

const served = 'it was ordered to offer its disk';

/** The ramdisk has reported that it erases disks, and does not offer one yet. */
export const isErasing = ({ state, targetAttempt, attempt, total }: Deployment): boolean =>
  state === deploymentState.targeting && targetAttempt !== attempt && total > 0n;

/** The fault of a deployment whose deadline has passed. It says how far the deployment had come. */
export function overdueFault(row: Deployment, { uuid: node, epoch }: DeploymentNode): Fault {
  if (epoch !== row.epoch) {
    return new Fault('CANCELLED', { reason: `node ${node} left epoch ${row.epoch}` });
  }
  switch (row.state) {
    case deploymentState.queued: {
      const waitedMs = (row.deadlineAt?.getTime() ?? 0) - row.updatedAt.getTime();
      const waitedS = Math.max(0, Math.round(waitedMs / 1000));
      return new Fault('QUEUE_TIMEOUT', {
        service: 'deploy-helper',
        work: `Node ${node}`,
        waitedS,
      });
    }
    case deploymentState.writing:
      if (row.total === 0n) {
        // The disk is offered, but the helper has not begun.
        break;
      }
      return new Fault('WRITE_STALLED', { node, percent: percentDone(row) });
    case deploymentState.verifying: {
      const lastSeen = `the image was written and it was asked to read it back`;
      return new Fault('AGENT_SILENT', { node, lastSeen });
    }
    case deploymentState.targeting:
      if (isErasing(row)) {
        return new Fault('ERASE_STALLED', { node, percent: percentDone(row) });
      }
      if (row.targetAttempt !== row.attempt) {
        return new Fault('AGENT_SILENT', { node, lastSeen: served });
      }
      break;
  }
  const work = `the deployment of node ${node}`;
  return new Fault('SERVICE_LOST', { service: 'deploy-helper', work });
}
