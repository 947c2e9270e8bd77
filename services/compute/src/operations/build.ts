import { faultRecord, type TriedNode } from '@metalcast/contracts';
import { taskState, type FaultRecord } from '@metalcast/domain';
import { notifyInstance } from '@metalcast/service';
import type { Plan, Verdict } from '../engine/plan.js';
import type { Turn } from '../engine/turn.js';
import { activate } from '../steps/activate.js';
import { allocateNetwork } from '../steps/allocate-network.js';
import { awaitFirstBoot } from '../steps/await-first-boot.js';
import { awaitRamdisk } from '../steps/await-ramdisk.js';
import { confirmPower, restartNode, setDiskBoot } from '../steps/boot-from-disk.js';
import { personalise } from '../steps/personalise.js';
import { powerCycleToNetwork, powerOff } from '../steps/power.js';
import { clearBoot, prepareBoot } from '../steps/prepare-boot.js';
import { schedule } from '../steps/schedule.js';
import { releaseNetwork, releaseNode, revokeBuild } from '../steps/teardown.js';
import { writeImage } from '../steps/write-image.js';
import { countFailure } from './count-failure.js';
import { afterLocalRetries } from './retry-policy.js';
import { finalFault } from './final-fault.js';
import { abandonNode } from './abandon-node.js';
import { isForced, remember, triedNodes } from './tried-nodes.js';

/**
 * From a request to a running server. A failure on one node is undone, and the build continues on another node. In the
 * order of the undos nothing that the node uses is freed before its power is off.
 */
export const build: Plan = {
  revoke: revokeBuild,
  stages: [
    { step: schedule, undo: releaseNode },
    { step: allocateNetwork, undo: releaseNetwork },
    { step: personalise, undo: 'nothing' },
    { step: prepareBoot, undo: clearBoot },
    { step: powerCycleToNetwork, undo: powerOff },
    { step: awaitRamdisk, undo: 'nothing' },
    { step: writeImage, undo: 'nothing' },
    { step: setDiskBoot, undo: 'nothing' },
    { step: restartNode, undo: 'nothing' },
    { step: confirmPower, undo: 'nothing' },
    { step: awaitFirstBoot, undo: 'nothing' },
    { step: activate, undo: 'nothing' },
  ],

  async failed(turn, fault): Promise<Verdict> {
    if (turn.node === undefined) {
      return giveUp(turn, fault);
    }
    remember(turn, fault);
    countFailure(turn, fault);
    turn.save({ fault: { ...afterLocalRetries(fault) } });
    return { next: 'undo' };
  },

  triesAgain: (turn) => !isForced(turn),

  /** As in Nova: the action that began ends with the reason instead of success. */
  async cancelled(turn) {
    if (turn.requireInstance().node !== null) {
      const message = 'The server was deleted while it was built.';
      await notifyInstance(turn, turn.requireInstance(), 'create.end', { message });
    }
  },

  async undoFailed(turn, fault) {
    await abandonNode(turn, fault);
    if (fault.retryable === 'same-node') {
      // The services of the node fail even to put this node back: on the next node they would fail as well.
      turn.save({ fault: { ...faultOf(turn), retryable: 'no' } });
    }
  },

  async undone(turn): Promise<Verdict> {
    const { operation, config } = turn;
    const fault = faultOf(turn);
    const isLast = isForced(turn) || operation.attempt >= config.maxAttempts;
    if (fault.retryable !== 'other-node' || isLast) {
      return giveUp(turn, fault);
    }
    turn.tell('instanceRescheduled', {
      node: turn.requireInstance().node,
      fault: faultRecord.parse(fault),
    });
    await notifyInstance(turn, turn.requireInstance(), 'create.error', { fault });
    turn.updateInstance({
      host: null,
      node: null,
      taskState: taskState.scheduling,
      // The sign of life came from a node that the server will not have.
      firstSignAt: null,
    });
    turn.save({ attempt: operation.attempt + 1, lastMilestone: null, fault: null });
    turn.dropNode();
    return { next: 'restart' };
  },
};

const faultOf = ({ operation: { fault } }: Turn): FaultRecord =>
  faultRecord.parse(fault) as FaultRecord;

/** The server ends in error, with the faults of all tries. */
async function giveUp(turn: Turn, last: FaultRecord): Promise<Verdict> {
  const { operation } = turn;
  const { uuid } = turn.requireInstance();
  const tried: readonly TriedNode[] = triedNodes(turn);
  const fault = finalFault(uuid, last, tried, turn.config.maxAttempts);
  turn.save({ fault: { ...fault } });
  // With the host and node of the last try, if there was one.
  await notifyInstance(turn, turn.requireInstance(), 'create.error', { fault });
  turn.moveInstance('fail', {
    taskState: null,
    host: null,
    node: null,
    fault: { ...fault, at: turn.now.toISOString() },
  });
  turn.tell('instanceFailed', {
    operation: operation.id,
    kind: operation.kind,
    fault: faultRecord.parse(fault),
  });
  return { next: 'end' };
}
