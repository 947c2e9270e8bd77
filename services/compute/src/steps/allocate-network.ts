import type { Step } from '../engine/step.js';
import { flat } from '../vif/flat.js';
import { updateInstance } from './rows.js';

/** Gives the server's ports the addresses of their network and the MACs of the node. */
export const allocateNetwork: Step = {
  name: 'allocateNetwork',
  limitMs: ({ answerTimeoutMs }) => answerTimeoutMs,
  async begin(turn) {
    await updateInstance(turn, { taskState: 'networking' });
    await flat.plug(turn);
  },
};
