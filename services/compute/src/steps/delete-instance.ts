import { powerStates } from '@metalcast/domain';
import { notifyInstance } from '@metalcast/service';
import type { Step } from '../engine/step.js';

export const deleteInstance: Step = {
  name: 'deleteInstance',
  async begin(turn) {
    const { node } = turn.requireInstance();
    turn.moveInstance('gone', {
      taskState: null,
      powerState: powerStates.nostate,
      secrets: null,
      terminatedAt: turn.now,
      deletedAt: turn.now,
    });
    turn.tell('instanceDeleted', { node });
    await notifyInstance(turn, turn.requireInstance(), 'delete.end');
  },
};
