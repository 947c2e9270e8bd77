import { openSession } from '@metalcast/cloud-client';
import type { Run } from '../../action.js';
import { addInterface, removeInterface } from '../../api/nodes.js';
import { account } from '../../environment.js';

/** `metalcast node interface add` enrols another NIC of a node. */
export const interfaceAdd: Run = async (call) => {
  const [which = '', address = ''] = call.args;
  const nic = { address, pxe: call.options['pxe'] !== false };
  const node = await addInterface(await openSession(account(call)), which, nic);
  return { text: `added interface ${address} to node ${node.uuid}`, data: { uuid: node.uuid } };
};

/** `metalcast node interface remove` forgets a NIC of a node without a server. */
export const interfaceRemove: Run = async (call) => {
  const [which = '', address = ''] = call.args;
  await removeInterface(await openSession(account(call)), which, address);
  return { text: `removed interface ${address} from node ${which}`, data: { address } };
};
