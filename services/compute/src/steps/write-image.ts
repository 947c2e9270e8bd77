import type { Deployment } from '@metalcast/db';
import { castMessage } from '@metalcast/rpc';
import { deployHelper, faultRecord } from '@metalcast/contracts';
import { Fault, type FaultRecord } from '@metalcast/domain';
import { done, failed, type Step, type Turn } from '../engine/step.js';
import { deploymentOf, move, nodeOf } from './rows.js';

const untaken = ['hello', 'queued'];
const written = ['verified', 'restarting', 'left'];

const faultOf = ({ fault }: Deployment): FaultRecord => ({
  ...(faultRecord.parse(fault) as FaultRecord),
  phase: 'writeImage',
});

/** When tried again, the failure of the try before is still on the row until a helper queues it anew. */
const isOfThisTry = ({ operation, startedAt }: Turn, { updatedAt }: Deployment): boolean =>
  operation.stepAttempt === 1 || updatedAt > startedAt;

/**
 * When a helper last got on with it: by what it told, or by the deadline that it moves as it gets on. That it is queued
 * again is no progress: a ramdisk that dies after each hello would be waited for without end.
 */
async function lastProgress(
  { sql, node }: Turn,
  deployment: Deployment | undefined,
): Promise<Date | undefined> {
  const held = deployment !== undefined && !untaken.includes(deployment.state);
  const queued = { data: { path: ['phase'], equals: 'queued' } };
  const told = await sql.event.findFirst({
    where: {
      subject: node?.uuid ?? '',
      epoch: node?.epoch ?? 0,
      OR: [{ type: 'deploy.started' }, { type: 'deploy.progress', NOT: queued }],
    },
    orderBy: { n: 'desc' },
  });
  const times = [told?.time, held ? deployment.deadlineAt : undefined].filter(
    (time) => time instanceof Date,
  );
  return times.sort((one, other) => other.getTime() - one.getTime())[0];
}

/** Has a helper write and verify the disk; a helper that gets on moves the time limit. */
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
    if (deployment?.state === 'failed' && isOfThisTry(turn, deployment)) {
      return failed(faultOf(deployment));
    }
    if (deployment !== undefined && written.includes(deployment.state)) {
      await move(turn, 'imageWritten');
      return done;
    }
    const since = await lastProgress(turn, deployment);
    return { kind: 'waiting', ...(since === undefined ? {} : { since }) };
  },
  async overdue(turn) {
    const deployment = await deploymentOf(turn);
    const { uuid: node } = nodeOf(turn);
    if (deployment?.state === 'failed') {
      return failed(faultOf(deployment));
    }
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
