import { faultRecord, nodeEvents } from '@metalcast/contracts';
import { bootMilestones, Fault, stalledAfter, type FaultRecord } from '@metalcast/domain';
import { bootOf, furthestMilestone } from '@metalcast/db';
import { save } from '../engine/operation-rows.js';
import { done, failed, type Step, type Turn } from '../engine/step.js';
import { deploymentOf, move, nodeOf } from './rows.js';

const [powerOn] = bootMilestones;

/** Waits for the deploy ramdisk to report; every milestone on the way moves the time limit, which is looked at when it has come. */
export const awaitRamdisk: Step = {
  name: 'awaitRamdisk',
  awaits: 'ramdisk',
  wokenBy: [nodeEvents.agentHello.type, nodeEvents.bootLoop.type, nodeEvents.deployFailed.type],
  limitMs: ({ milestoneTimeoutMs }) => milestoneTimeoutMs,
  async check(turn) {
    const deployment = await deploymentOf(turn);
    if (deployment !== undefined && deployment.state !== 'failed') {
      await move(turn, 'ramdiskCalled');
      return done;
    }
    if (deployment !== undefined) {
      return failed({
        ...(faultRecord.parse(deployment.fault) as FaultRecord),
        phase: 'awaitRamdisk',
      });
    }
    const boot = await bootOf(turn.sql, nodeOf(turn));
    if (boot !== undefined && boot.loopAt !== null) {
      return failed(await stalled(turn, 'BOOT_LOOP'));
    }
    const last = await furthestMilestone(turn.sql, nodeOf(turn));
    const { firmwareTimeoutMs, milestoneTimeoutMs } = turn.config;
    const booting = last === undefined || last.type === powerOn.type;
    return {
      kind: 'waiting',
      limitMs: booting ? firmwareTimeoutMs : milestoneTimeoutMs,
      ...(last === undefined ? {} : { since: last.time }),
    };
  },
  overdue: async (turn) => failed(await stalled(turn)),
};

/** The fault that the last milestone names, which is kept for those who look at the operation later. */
async function stalled(turn: Turn, code?: 'BOOT_LOOP'): Promise<FaultRecord> {
  const { uuid: node, pmAddress: address } = nodeOf(turn);
  const tries = (await bootOf(turn.sql, nodeOf(turn)))?.bootTry ?? 0;
  const last = await furthestMilestone(turn.sql, nodeOf(turn));
  await save(turn, { lastMilestone: last?.type ?? null });
  const named = stalledAfter(last?.type);
  // Only for a node whose power-on nobody confirmed.
  const unpowered = { address, target: 'on', observed: 'unknown' };
  const lastSeen = `${named.lastSeen}${last === undefined ? '' : ` at ${last.time.toISOString()}`}`;
  return new Fault(code ?? named.code, { node, lastSeen, tries, ...unpowered }).toRecord(
    'awaitRamdisk',
  );
}
