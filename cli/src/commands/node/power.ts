import { openSession, type Session } from '@metalcast/cloud-client';
import type { Run } from '../../action.js';
import {
  readPower,
  setPower,
  showNode,
  showPowerCommand,
  type ListedNode,
} from '../../api/nodes.js';
import { account } from '../../environment.js';
import { failureBody, usageFailure } from '../../failure.js';
import { table } from '../../output/table.js';
import type { Result } from '../../result.js';
import { endSentence, isDone, untilEnded } from './power-end.js';

const targets = ['on', 'off', 'cycle', 'soft-off'];

/** `metalcast node power` requests the change and waits for its end; `status` reads the power states from the BMCs. */
export const nodePower: Run = async (call) => {
  const [action = '', ...which] = call.args;
  if (action !== 'status' && !targets.includes(action)) {
    throw usageFailure(`The action must be ${targets.join(', ')} or status, not ${action}.`);
  }
  const session = await openSession(account(call));
  return action === 'status'
    ? statusOf(which, (name) => nodeStatus(session, name))
    : change(session, {
        nodes: await Promise.all(which.map((name) => showNode(session, name))),
        target: action,
        timeoutS: call.options['wait'] === false ? undefined : Number(call.options['timeout']),
      });
};

interface Change {
  readonly nodes: readonly ListedNode[];
  readonly target: string;
  /** How long to wait for the end; undefined: not at all. */
  readonly timeoutS: number | undefined;
}

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

async function change(session: Session, { nodes, target, timeoutS }: Change): Promise<Result> {
  const requested = [];
  for (const { uuid } of nodes) {
    requested.push({ uuid, key: await setPower(session, uuid, target) });
  }
  if (timeoutS === undefined) {
    return {
      text: nodes.map(({ uuid }) => `node ${uuid}: requested power ${target}`).join('\n'),
      data: { target, nodes: requested },
    };
  }
  const ends = await Promise.all(
    requested.map(async ({ uuid, key }) => ({
      uuid,
      command: await untilEnded(() => showPowerCommand(session, uuid, key), {
        timeoutMs: timeoutS * 1000,
      }),
    })),
  );
  return {
    text: ends.map((end) => endSentence(end, { target, seconds: timeoutS })).join('\n'),
    data: { target, nodes: ends },
    exitCode: ends.every(isDone) ? 0 : 1,
  };
}
