import { castMessage } from '@metalcast/rpc';
import { boot, faultRecord, nodeEvents } from '@metalcast/contracts';
import { bootOf } from '@metalcast/db';
import type { FaultRecord } from '@metalcast/domain';
import { done, failed, waiting, type Outcome, type Step, type Turn } from '../engine/step.js';
import { nodeOf, updateNode } from './rows.js';

const answers = [nodeEvents.bootPrepared.type, nodeEvents.bootFailed.type];

async function askBoot(turn: Turn): Promise<void> {
  const { uuid: node, epoch } = nodeOf(turn);
  turn.out.cast(node, castMessage(boot, 'prepare', { node, epoch }, turn.request));
  return Promise.resolve();
}

/** Whether DHCP and boot configuration agree with what the node's row says now. */
async function agreed(turn: Turn): Promise<Outcome> {
  const boot = await bootOf(turn.sql, nodeOf(turn));
  const failedAt = boot?.prepareFaultAt ?? null;
  if (failedAt !== null && failedAt >= turn.startedAt) {
    return failed(faultRecord.parse(boot?.prepareFault) as FaultRecord);
  }
  return boot?.preparedMode === nodeOf(turn).bootMode ? done : waiting;
}

/** Makes the node boot into the deploy ramdisk, whenever it asks. */
export const prepareBoot: Step = {
  name: 'prepareBoot',
  awaits: 'boot',
  wokenBy: answers,
  servedBy: 'metalcast-boot',
  limitMs: ({ answerTimeoutMs }) => answerTimeoutMs,
  async begin(turn) {
    await updateNode(turn, { bootMode: 'deploy' });
    await askBoot(turn);
  },
  check: agreed,
};

/** Takes the node's boot configuration and DHCP entry away. */
export const clearBoot: Step = {
  name: 'clearBoot',
  awaits: 'boot',
  wokenBy: answers,
  servedBy: 'metalcast-boot',
  limitMs: ({ answerTimeoutMs }) => answerTimeoutMs,
  async begin(turn) {
    if (turn.node !== undefined) {
      await updateNode(turn, { bootMode: 'none' });
      await askBoot(turn);
    }
  },
  check: async (turn) => (turn.node === undefined ? done : agreed(turn)),
};
