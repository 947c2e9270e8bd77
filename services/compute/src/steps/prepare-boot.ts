import { castMessage } from '@metalcast/rpc';
import { boot, faultRecord, nodeEvents } from '@metalcast/contracts';
import type { FaultRecord } from '@metalcast/domain';
import { z } from 'zod';
import { done, failed, waiting, type Outcome, type Step, type Turn } from '../engine/step.js';
import { newestEvent, nodeOf, updateNode } from './rows.js';

const answers = [nodeEvents.bootPrepared.type, nodeEvents.bootFailed.type];
const preparedFor = z.object({ boot_mode: z.string() });

async function askBoot(turn: Turn): Promise<void> {
  const { uuid: node, epoch } = nodeOf(turn);
  turn.out.cast(node, castMessage(boot, 'prepare', { node, epoch }, turn.request));
  return Promise.resolve();
}

/** Whether DHCP and boot configuration agree with what the node's row says now. */
async function agreed(turn: Turn): Promise<Outcome> {
  const answer = await newestEvent(turn, answers);
  if (answer?.type === 'boot.failed' && answer.time >= turn.startedAt) {
    const { fault } = z.object({ fault: faultRecord }).parse(answer.data);
    return failed(fault as FaultRecord);
  }
  const prepared =
    answer?.type === 'boot.prepared' &&
    preparedFor.parse(answer.data).boot_mode === nodeOf(turn).bootMode;
  return prepared ? done : waiting;
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
