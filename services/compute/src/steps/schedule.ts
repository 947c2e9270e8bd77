import { castMessage } from '@metalcast/rpc';
import { scheduler } from '@metalcast/contracts';
import { notifyInstance } from '@metalcast/service';
import type { Step } from '../engine/step.js';

/** Waits for a scheduler to claim a node, or to report why it cannot. */
export const schedule: Step = {
  name: 'schedule',
  begin(turn) {
    const { uuid } = turn.requireInstance();
    const args = { request_spec: { instance_uuids: [uuid] } };
    turn.out.cast(uuid, castMessage(scheduler, 'runInstance', args, turn.request));
  },
  awaits: {
    condition: 'claim',
    limitMs: ({ answerTimeoutMs }) => answerTimeoutMs,
    async onMet(turn) {
      turn.updateInstance({
        host: turn.config.host,
        node: turn.requireNode().uuid,
        taskState: null,
      });
      // Nova announces this before it gives the instance its host.
      await notifyInstance(
        turn,
        { ...turn.requireInstance(), host: null, node: null },
        'create.start',
      );
    },
  },
};
