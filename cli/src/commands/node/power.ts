import type { Run } from '../../action.js';
import { findNode, listNodes } from '../../api/nodes.js';
import { openSession } from '../../api/session.js';
import { account } from '../../environment.js';
import { usageFailure } from '../../failure.js';
import { powerWord } from '../../output/power.js';
import { table } from '../../output/table.js';

const targets = ['on', 'off', 'cycle'];

/** `metalcast node power`: asks for the change and does not wait for it; `status` is what the BMC said last. */
export const nodePower: Run = async (call) => {
  const [action = '', ...which] = call.args;
  if (action !== 'status' && !targets.includes(action)) {
    throw usageFailure(`Power can be on, off, cycle or status, not ${action}.`);
  }
  const session = await openSession(account(call));
  const listed = await listNodes(session);
  const nodes = which.map((name) => findNode(listed, name));
  if (action === 'status') {
    const rows = nodes.map(({ id, uuid, power_state: state }) => ({
      id,
      uuid,
      power: powerWord(state),
    }));
    const text = table(
      ['ID', 'UUID', 'POWER'],
      rows.map((row) => [String(row.id), row.uuid, row.power]),
    );
    return { text, data: rows };
  }
  for (const { uuid } of nodes) {
    await session.request('metalcast', 'POST', `/nodes/${uuid}/power`, { target: action });
  }
  return {
    text: nodes.map(({ id }) => `node ${String(id)}: power ${action} was asked for`).join('\n'),
    data: { target: action, nodes: nodes.map(({ id, uuid }) => ({ id, uuid })) },
  };
};
