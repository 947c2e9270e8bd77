import { openSession } from '@metalcast/cloud-client';
import type { Run } from '../../action.js';
import { showNode, type ListedNode } from '../../api/nodes.js';
import { account } from '../../environment.js';
import { properties } from '../../output/table.js';
import { faultSentence } from './fault-sentence.js';

export const nodeShow: Run = async (call) => {
  const [which = ''] = call.args;
  const node = await showNode(await openSession(account(call)), which);
  return { text: nodeProperties(node), data: node };
};

/** Every field; the fields of `power` as `power.<field>`. */
export function nodeProperties({ power, fault, data_of: dataOf, ...others }: ListedNode): string {
  const { fault: powerFault, last_command: command, ...ofPower } = power;
  const which = others.name ?? others.uuid;
  return properties([
    ...Object.entries(others).map(([name, value]) => [name, shown(value)] as const),
    ...Object.entries(ofPower).map(([name, value]) => [`power.${name}`, shown(value)] as const),
    ['power.fault', faultSentence(powerFault, which)],
    ['power.last_command', lastCommand(command, which)],
    ['fault', faultSentence(fault, which)],
    ['disks', unwiped(dataOf, others.instance_uuid)],
  ]);
}

/** What was last asked of its BMC, and how it ended. */
function lastCommand(command: ListedNode['power']['last_command'], which: string): string {
  if (command === null || command === undefined) {
    return '';
  }
  const { target, state, finished_at: at, fault } = command;
  const end = at === null || at === undefined ? state : `${state} at ${at}`;
  return `${target}: ${[end, faultSentence(fault, which)].filter((text) => text !== '').join('; ')}`;
}

/** Disks are wiped before the next deployment, not when a server is deleted. */
function unwiped(dataOf: ListedNode['data_of'] = [], present: string | null | undefined): string {
  const gone = dataOf.filter((server) => server !== present);
  return gone.length === 0
    ? ''
    : `still hold the data of server ${gone.join(', ')} until the next deployment wipes them`;
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
