import { stalled } from '../engine/waits/boot-progress.js';
import { failed } from '../engine/outcome.js';
import type { Step } from '../engine/step.js';

/** Waits for the deploy ramdisk to report. Every milestone moves the time limit; it is read when the limit has come. */
export const awaitRamdisk: Step = {
  name: 'awaitRamdisk',
  awaits: {
    condition: 'ramdisk',
    limitMs: ({ milestoneTimeoutMs }) => milestoneTimeoutMs,
    onMet: (turn) => {
      turn.moveNode('ramdiskCalled');
    },
    onOverdue: (turn) => failed(stalled(turn)),
  },
};
