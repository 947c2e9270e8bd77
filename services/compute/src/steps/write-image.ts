import type { Deployment } from '@metalcast/db';
import { castMessage } from '@metalcast/rpc';
import { deployHelper, faultRecord, nodeEvents } from '@metalcast/contracts';
import { Fault, type FaultRecord } from '@metalcast/domain';
import { done, failed, type Step } from '../engine/step.js';
import { deploymentOf, move, nodeOf } from './rows.js';

const untaken = ['hello', 'queued'];
const written = ['verified', 'restarting', 'left'];

/**
 * When a helper last got on with it, or until when it has given itself time for that. That it is queued again is no progress: a
 * ramdisk that dies after each hello would be waited for without end.
 */
function lastProgress(deployment: Deployment | undefined): Date | undefined {
  const held = deployment !== undefined && !untaken.includes(deployment.state);
  const times = [deployment?.progressAt, held ? deployment.deadlineAt : undefined].filter(
    (time) => time instanceof Date,
  );
  return times.sort((one, other) => other.getTime() - one.getTime())[0];
}

/**
 * Has a helper write and verify the disk; a helper that gets on moves the time limit. Helpers try again among themselves; a
 * deployment that failed for good has told the ramdisk to give up, so there is no second try on this node.
 */
export const writeImage: Step = {
  name: 'writeImage',
  awaits: 'deploy-helper',
  wokenBy: [nodeEvents.deployVerified.type, nodeEvents.deployFailed.type],
  servedBy: 'metalcast-deploy-helper',
  limitMs: ({ writeTimeoutMs }) => writeTimeoutMs,
  async begin(turn) {
    const { uuid: node, epoch } = nodeOf(turn);
    const message = castMessage(deployHelper, 'deploy', { node, epoch }, turn.request);
    turn.out.cast(node, message);
    return Promise.resolve();
  },
  async check(turn) {
    const deployment = await deploymentOf(turn);
    if (deployment?.state === 'failed') {
      return failed({
        ...(faultRecord.parse(deployment.fault) as FaultRecord),
        phase: 'writeImage',
      });
    }
    if (deployment !== undefined && written.includes(deployment.state)) {
      await move(turn, 'imageWritten');
      return done;
    }
    const since = lastProgress(deployment);
    const inHand = deployment !== undefined && !untaken.includes(deployment.state);
    return { kind: 'waiting', inHand, ...(since === undefined ? {} : { since }) };
  },
  async overdue(turn) {
    const deployment = await deploymentOf(turn);
    const { uuid: node } = nodeOf(turn);
    if (deployment === undefined || untaken.includes(deployment.state)) {
      const work = `the deployment of node ${node}`;
      return failed(
        new Fault('SERVICE_LOST', { service: 'deploy-helper', work }).toRecord('writeImage'),
      );
    }
    const { bytesDone, total, state } = deployment;
    const percent = total === 0n ? 0 : Number((bytesDone * 100n) / total);
    const code = state === 'targeting' && total > 0n ? 'ERASE_STALLED' : 'WRITE_STALLED';
    return failed(new Fault(code, { node, percent }).toRecord('writeImage'));
  },
};
