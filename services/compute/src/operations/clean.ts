import type { Plan, Verdict } from '../engine/plan.js';
import type { Step, Turn } from '../engine/step.js';
import { powerOff } from '../steps/power.js';
import { clearBoot } from '../steps/prepare-boot.js';
import { isInState, move } from '../steps/rows.js';
import { releaseNetwork, releaseNode } from '../steps/teardown.js';

const longestPauseMs = 3_600_000;

const cleanPowerOff: Step = {
  ...powerOff,
  tries: 1,
  async begin(turn) {
    if (turn.node !== undefined && isInState(turn, 'error')) {
      await move(turn, 'clean');
    }
    await powerOff.begin?.(turn);
  },
};

/** Frees a node that a failed build had to leave behind: tried again, with growing pauses, until its power is off. */
export const clean: Plan = {
  version: 1,
  steps: [cleanPowerOff, clearBoot, releaseNetwork, releaseNode],
  undo: [],

  async failed(turn, fault): Promise<Verdict> {
    if (turn.node === undefined) {
      return { next: 'end', state: 'failed' };
    }
    if (isInState(turn, 'cleaning')) {
      await move(turn, 'stuck', { fault: { ...fault } });
    }
    const afterMs = pauseMs(turn);
    // A round of its own: what an earlier one was told of the power says nothing about now.
    turn.operation = await turn.sql.operation.update({
      where: { id: turn.operation.id },
      data: { attempt: turn.operation.attempt + 1 },
    });
    return { next: 'restart', afterMs };
  },

  undoFailed: () => Promise.resolve(),
  undone: () => Promise.resolve({ next: 'end', state: 'failed' }),
};

const pauseMs = ({ operation, config }: Turn): number =>
  Math.min(config.cleanPauseMs * 2 ** Math.min(operation.attempt - 1, 16), longestPauseMs);
