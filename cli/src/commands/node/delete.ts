import type { Run } from '../../action.js';
import { findNode, listNodes } from '../../api/nodes.js';
import { openSession } from '../../api/session.js';
import { account } from '../../environment.js';

/** `metalcast node delete`: all are looked up before the first goes. */
export const nodeDelete: Run = async (call) => {
  const session = await openSession(account(call));
  const listed = await listNodes(session);
  const doomed = call.args.map((name) => findNode(listed, name));
  for (const { id } of doomed) {
    await session.request('compute', 'DELETE', `/os-baremetal-nodes/${String(id)}`);
  }
  return {
    text: doomed.map(({ id, uuid }) => `deleted node ${String(id)} (${uuid})`).join('\n'),
    data: { deleted: doomed.map(({ id, uuid }) => ({ id, uuid })) },
  };
};
