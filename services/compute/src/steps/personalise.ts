import { taskState } from '@metalcast/domain';
import type { Step } from '../engine/step.js';

/** From here on the node is worked on. What makes the server its owner's lies in rows, for the helper to read. */
export const personalise: Step = {
  name: 'personalise',
  begin(turn) {
    turn.updateInstance({ taskState: taskState.spawning });
  },
};
