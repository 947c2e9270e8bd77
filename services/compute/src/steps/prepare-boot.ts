import { castMessage } from '@metalcast/rpc';
import { boot } from '@metalcast/contracts';
import type { Await, Step } from '../engine/step.js';
import type { Turn } from '../engine/turn.js';

function askBoot(turn: Turn, bootMode: 'deploy' | 'none'): void {
  turn.updateNode({ bootMode });
  const { uuid: node, epoch } = turn.requireNode();
  turn.out.cast(node, castMessage(boot, 'prepare', { node, epoch }, turn.request));
}

const awaits: Await = {
  condition: 'boot',
  limitMs: ({ answerTimeoutMs }) => answerTimeoutMs,
};

/** Makes the node boot the deploy ramdisk at every request. */
export const prepareBoot: Step = {
  name: 'prepareBoot',
  begin(turn) {
    askBoot(turn, 'deploy');
    if (turn.requireNode().touched === null) {
      turn.updateNode({ touched: 'boot' });
    }
  },
  awaits,
};

/** Removes the node's boot configuration and DHCP entry. If none was requested, there is none. */
export const clearBoot: Step = {
  name: 'clearBoot',
  skip: ({ node }) => (node?.touched ?? null) === null,
  begin(turn) {
    askBoot(turn, 'none');
  },
  awaits,
};
