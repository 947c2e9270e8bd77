import { castMessage } from '@metalcast/rpc';
import { faultRecord, scheduler } from '@metalcast/contracts';
import type { FaultRecord } from '@metalcast/domain';
import { notifyInstance } from '@metalcast/service';
import { failed, waiting, done, type Step } from '../engine/step.js';
import { instanceOf, nodeOf, updateInstance } from './rows.js';

/** Waits for a scheduler to claim a node, or to say why it can't. */
export const schedule: Step = {
  name: 'schedule',
  awaits: 'claim',
  servedBy: 'nova-scheduler',
  limitMs: ({ answerTimeoutMs }) => answerTimeoutMs,
  async begin(turn) {
    const { uuid } = instanceOf(turn);
    const args = { request_spec: { instance_uuids: [uuid] } };
    turn.out.cast(uuid, castMessage(scheduler, 'runInstance', args, turn.request));
    return Promise.resolve();
  },
  async check(turn) {
    const { operation, config, now } = turn;
    if (operation.nodeId !== null) {
      await turn.sql.node.update({
        where: { id: operation.nodeId },
        data: { instanceName: instanceOf(turn).hostname },
      });
      await updateInstance(turn, {
        host: config.host,
        node: nodeOf(turn).uuid,
        taskState: null,
        scheduledAt: now,
      });
      // Nova tells of it before it gives the instance its host.
      await notifyInstance(turn, { ...instanceOf(turn), host: null, node: null }, 'create.start');
      return done;
    }
    return operation.awaiting === 'claim' || operation.fault === null
      ? waiting
      : failed(faultRecord.parse(operation.fault) as FaultRecord);
  },
};
