import { openSession } from '@metalcast/cloud-client';
import type { Run } from '../../action.js';
import { removeNode, showNode } from '../../api/nodes.js';
import { account } from '../../environment.js';

/** `metalcast node delete`: all are looked up before the first goes. */
export const nodeDelete: Run = async (call) => {
  const session = await openSession(account(call));
  const doomed = await Promise.all(call.args.map((which) => showNode(session, which)));
  for (const { uuid } of doomed) {
    await removeNode(session, uuid);
  }
  return {
    text: doomed.map(({ id, uuid }) => `deleted node ${String(id)} (${uuid})`).join('\n'),
    data: { deleted: doomed.map(({ id, uuid }) => ({ id, uuid })) },
  };
};
