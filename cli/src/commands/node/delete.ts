import { openSession } from '@metalcast/cloud-client';
import type { Run } from '../../action.js';
import { removeNodes } from '../../api/nodes.js';
import { account } from '../../environment.js';

/** `metalcast node delete` removes all named nodes in one request, or none. */
export const nodeDelete: Run = async (call) => {
  const removed = await removeNodes(await openSession(account(call)), call.args);
  return {
    text: removed.map(({ uuid }) => `deleted node ${uuid}`).join('\n'),
    data: { deleted: removed.map(({ uuid }) => ({ uuid })) },
  };
};
