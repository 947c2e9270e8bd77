import { faultRecord } from '@metalcast/contracts';
import {
  bootMilestones,
  Fault,
  stalledAfter,
  type BootMilestone,
  type FaultRecord,
} from '@metalcast/domain';
import type { Event } from '@metalcast/db';
import { done, failed, type Step, type Turn } from '../engine/step.js';
import { deploymentOf, move, newestEvent, nodeOf } from './rows.js';

const milestoneTypes: readonly string[] = bootMilestones.map(({ type }) => type);
const [powerOn] = bootMilestones;

/** The milestone furthest on the way: they may come out of order when one is fetched twice. */
async function lastMilestone(turn: Turn): Promise<Event | undefined> {
  const { uuid, epoch } = nodeOf(turn);
  const seen = await turn.sql.event.findMany({
    where: { subject: uuid, epoch, type: { in: [...milestoneTypes] } },
    orderBy: { n: 'asc' },
  });
  return seen.reduce<Event | undefined>(
    (best, event) =>
      best === undefined || milestoneTypes.indexOf(event.type) >= milestoneTypes.indexOf(best.type)
        ? event
        : best,
    undefined,
  );
}

/** Waits for the deploy ramdisk to report; every milestone on the way moves the time limit. */
export const awaitRamdisk: Step = {
  name: 'awaitRamdisk',
  awaits: 'ramdisk',
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
    const last = await lastMilestone(turn);
    const loop = await newestEvent(turn, ['boot.loop']);
    if (loop !== undefined) {
      return failed(await stalled(turn, 'BOOT_LOOP'));
    }
    await turn.sql.operation.update({
      where: { id: turn.operation.id },
      data: { lastMilestone: last?.type ?? null },
    });
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

/** The fault that the last milestone names. */
async function stalled(turn: Turn, code?: 'BOOT_LOOP'): Promise<FaultRecord> {
  const { uuid: node, bootTry: tries, pmAddress: address } = nodeOf(turn);
  const last = await lastMilestone(turn);
  const named = stalledAfter(last?.type as BootMilestone | undefined);
  // Only for a node whose power-on nobody confirmed.
  const unpowered = { address, target: 'on', observed: 'unknown' };
  const lastSeen = `${named.lastSeen}${last === undefined ? '' : ` at ${last.time.toISOString()}`}`;
  return new Fault(code ?? named.code, { node, lastSeen, tries, ...unpowered }).toRecord(
    'awaitRamdisk',
  );
}
