import { openSession, type Session } from '@metalcast/cloud-client';
import type { Run } from '../../action.js';
import { readPower, setPower, showNode, type ListedNode } from '../../api/nodes.js';
import { account } from '../../environment.js';
import { failureBody, usageFailure } from '../../failure.js';
import { table } from '../../output/table.js';
import type { Result } from '../../result.js';

const targets = ['on', 'off', 'cycle', 'soft-off'];

/** `metalcast node power` requests the change without waiting for it; `status` reads the power states from the BMCs. */
export const nodePower: Run = async (call) => {
  const [action = '', ...which] = call.args;
  if (action !== 'status' && !targets.includes(action)) {
    throw usageFailure(`The action must be ${targets.join(', ')} or status, not ${action}.`);
  }
  const session = await openSession(account(call));
  return action === 'status'
    ? statusOf(which, (name) => nodeStatus(session, name))
    : change(session, await Promise.all(which.map((name) => showNode(session, name))), action);
};

interface NodeStatus {
  readonly uuid: string;
  readonly power: string;
}

async function nodeStatus(session: Session, which: string): Promise<NodeStatus> {
  const { uuid } = await showNode(session, which);
  return { uuid, power: await readPower(session, uuid) };
}

/** A failure of one node does not hide the other nodes. When every node fails, throws the first error. */
export async function statusOf(
  names: readonly string[],
  read: (name: string) => Promise<NodeStatus>,
): Promise<Result> {
  const all = await Promise.allSettled(names.map(read));
  const known = all.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const failed = all.flatMap((one, i) =>
    one.status === 'rejected' ? [{ node: names[i] ?? '', error: one.reason as unknown }] : [],
  );
  if (known.length === 0 && failed[0] !== undefined) {
    throw failed[0].error;
  }
  const rows = known.map(({ uuid, power }) => [uuid, power]);
  const failures = failed.map(({ node, error }) => ({ node, ...failureBody(error) }));
  return {
    text: [
      table(['UUID', 'POWER'], rows),
      ...failures.map(({ node, error: { message } }) => `${node}: ${message}`),
    ].join('\n'),
    data: [...known, ...failures],
    exitCode: failures.length === 0 ? 0 : 1,
  };
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
    text: nodes.map(({ uuid }) => `node ${uuid}: requested power ${target}`).join('\n'),
    data: { target, nodes: nodes.map(({ uuid }) => ({ uuid })) },
  };
}
