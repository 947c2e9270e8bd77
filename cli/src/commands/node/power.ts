import { openSession, type Session } from '@metalcast/cloud-client';
import type { Run } from '../../action.js';
import { readPower, setPower, showNode, type ListedNode } from '../../api/nodes.js';
import { account } from '../../environment.js';
import { usageFailure } from '../../failure.js';
import { table } from '../../output/table.js';
import type { Result } from '../../result.js';

const targets = ['on', 'off', 'cycle', 'soft-off'];

/** `metalcast node power`: asks for the change and does not wait for it; `status` asks the BMCs now. */
export const nodePower: Run = async (call) => {
  const [action = '', ...which] = call.args;
  if (action !== 'status' && !targets.includes(action)) {
    throw usageFailure(`Power can be ${targets.join(', ')} or status, not ${action}.`);
  }
  const session = await openSession(account(call));
  const nodes = await Promise.all(which.map((name) => showNode(session, name)));
  return action === 'status' ? status(session, nodes) : change(session, nodes, action);
};

async function status(session: Session, nodes: readonly ListedNode[]): Promise<Result> {
  const data = await Promise.all(
    nodes.map(async ({ id, uuid }) => ({ id, uuid, power: await readPower(session, uuid) })),
  );
  const rows = data.map(({ id, uuid, power }) => [String(id), uuid, power]);
  return { text: table(['ID', 'UUID', 'POWER'], rows), data };
}

async function change(
  session: Session,
  nodes: readonly ListedNode[],
  target: string,
): Promise<Result> {
  for (const { uuid } of nodes) {
    await setPower(session, uuid, target);
  }
  return {
    text: nodes.map(({ id }) => `node ${String(id)}: power ${target} was asked for`).join('\n'),
    data: { target, nodes: nodes.map(({ id, uuid }) => ({ id, uuid })) },
  };
}
