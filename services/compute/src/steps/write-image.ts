import { castMessage } from '@metalcast/rpc';
import { deployHelper, faultRecord } from '@metalcast/contracts';
import { Fault, type FaultRecord } from '@metalcast/domain';
import { done, failed, type Step } from '../engine/step.js';
import { deploymentOf, move, nodeOf } from './rows.js';

const untaken = ['hello', 'queued'];
const written = ['verified', 'restarting', 'left'];

/** Has a helper write and verify the disk; bytes written move the time limit. */
export const writeImage: Step = {
  name: 'writeImage',
  awaits: 'deploy-helper',
  tries: 2,
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
    return deployment === undefined
      ? { kind: 'waiting' }
      : { kind: 'waiting', since: deployment.updatedAt };
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
    const { bytesDone, total } = deployment;
    const percent = total === 0n ? 0 : Number((bytesDone * 100n) / total);
    return failed(new Fault('WRITE_STALLED', { node, percent }).toRecord('writeImage'));
  },
};
