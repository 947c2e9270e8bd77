import type { Step } from '../engine/step.js';
import { updateInstance } from './rows.js';

/** From here on the node is worked on. What makes the server its owner's lies in rows, for the helper to read. */
export const personalise: Step = {
  name: 'personalise',
  limitMs: ({ answerTimeoutMs }) => answerTimeoutMs,
  async begin(turn) {
    await updateInstance(turn, { taskState: 'spawning' });
  },
};
