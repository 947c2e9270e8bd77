import type { Run } from '../../action.js';
import { findNode, listNodes, type ListedNode } from '../../api/nodes.js';
import { openSession } from '../../api/session.js';
import { account } from '../../environment.js';
import { powerWord } from '../../output/power.js';
import { properties } from '../../output/table.js';

/** `metalcast node show`: both APIs' fields of one node. */
export const nodeShow: Run = async (call) => {
  const [which = ''] = call.args;
  const session = await openSession(account(call));
  const listed = findNode(await listNodes(session), which);
  const answer = await session.request(
    'compute',
    'GET',
    `/os-baremetal-nodes/${String(listed.id)}`,
  );
  const enrolled = (answer as { node?: Record<string, unknown> }).node ?? {};
  const node: ListedNode = { ...enrolled, ...listed };
  return { text: nodeProperties(node), data: node };
};

export function nodeProperties(node: ListedNode): string {
  const { fault, power_state: power, ...others } = node;
  const pairs: (readonly [string, string])[] = Object.entries(others).map(([name, value]) => [
    name,
    shown(value),
  ]);
  return properties([
    ...pairs,
    ['power', powerWord(power)],
    ['fault', fault === null || fault === undefined ? '' : `${fault.code}: ${fault.message}`],
  ]);
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
