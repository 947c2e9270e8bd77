import { taskState } from '@metalcast/domain';
import type { Step } from '../engine/step.js';

/** From here on the node is worked on. The owner's data of the server is in rows, for the helper to read. */
export const personalise: Step = {
  name: 'personalise',
  begin(turn) {
    turn.updateInstance({ taskState: taskState.spawning });
  },
};
