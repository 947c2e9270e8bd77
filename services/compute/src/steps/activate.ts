import { activatePorts } from '@metalcast/db/network';
import { powerStates } from '@metalcast/domain';
import { notifyInstance } from '@metalcast/service';
import type { Step } from '../engine/step.js';

/** The server goes to its owner; the secrets of the build are blanked. */
export const activate: Step = {
  name: 'activate',
  async begin(turn) {
    turn.moveInstance('built', {
      taskState: null,
      powerState: powerStates.running,
      launchedAt: turn.now,
      fault: null,
      secrets: null,
    });
    const { uuid } = turn.requireInstance();
    turn.moveNode('booted', { operationId: null, failures: 0 });
    await activatePorts(turn.sql, uuid);
    turn.tell('instanceActive', { node: turn.requireNode().uuid });
    await notifyInstance(turn, turn.requireInstance(), 'create.end', { message: 'Success' });
  },
};
