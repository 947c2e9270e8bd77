import { taskState } from '@metalcast/domain';
import type { Step } from '../engine/step.js';
import { flat } from '../vif/flat.js';

/**
 * Gives the server's ports the addresses of their network and the MACs of the node.
 * Undone by `releaseNetwork` (teardown.ts).
 */
export const allocateNetwork: Step = {
  name: 'allocateNetwork',
  async begin(turn) {
    turn.updateInstance({ taskState: taskState.networking });
    await flat.plug(turn);
  },
};
