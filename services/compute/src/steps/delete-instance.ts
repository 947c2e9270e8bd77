import { powerStates } from '@metalcast/domain';
import { notifyInstance } from '@metalcast/service';
import type { Step } from '../engine/step.js';
import { instanceOf, tellInstance, updateInstance } from './rows.js';

export const deleteInstance: Step = {
  name: 'deleteInstance',
  limitMs: ({ answerTimeoutMs }) => answerTimeoutMs,
  async begin(turn) {
    const { node } = instanceOf(turn);
    await updateInstance(turn, {
      vmState: 'deleted',
      taskState: null,
      powerState: powerStates.nostate,
      userData: null,
      injectedFiles: null,
      adminPass: null,
      terminatedAt: turn.now,
      deletedAt: turn.now,
    });
    tellInstance(turn, 'instanceDeleted', { node });
    await notifyInstance(turn, instanceOf(turn), 'delete.end');
  },
};
