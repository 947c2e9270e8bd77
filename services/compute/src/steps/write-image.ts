import { castMessage } from '@metalcast/rpc';
import { deployHelper } from '@metalcast/contracts';
import { deploymentState, Fault } from '@metalcast/domain';
import { isUntaken } from '../engine/waits/conditions.js';
import { failed, type Outcome } from '../engine/outcome.js';
import type { Step } from '../engine/step.js';
import type { Turn } from '../engine/turn.js';

/**
 * Has a helper write and verify the disk; the helper's progress moves the time limit. Helpers retry among themselves. A
 * failed deployment has ordered the ramdisk to give up, so there is no second try on this node.
 */
export const writeImage: Step = {
  name: 'writeImage',
  begin(turn) {
    const { uuid: node, epoch } = turn.requireNode();
    turn.out.cast(node, castMessage(deployHelper, 'deploy', { node, epoch }, turn.request));
  },
  awaits: {
    condition: 'deploy-helper',
    limitMs: ({ writeTimeoutMs }) => writeTimeoutMs,
    onMet: (turn) => {
      turn.moveNode('imageWritten');
    },
    onOverdue: overdue,
  },
};

function overdue(turn: Turn): Outcome {
  const { uuid: node } = turn.requireNode();
  const { deployment } = turn;
  if (deployment === undefined || isUntaken(turn)) {
    const work = `the deployment of node ${node}`;
    return failed(
      new Fault('SERVICE_LOST', { service: 'deploy-helper', work }).toRecord('writeImage'),
    );
  }
  const { bytesDone, total, state } = deployment;
  const percent = total === 0 ? 0 : Math.floor((bytesDone * 100) / total);
  const code = state === deploymentState.targeting && total > 0 ? 'ERASE_STALLED' : 'WRITE_STALLED';
  return failed(new Fault(code, { node, percent }).toRecord('writeImage'));
}
