import { openSession } from '@metalcast/cloud-client';
import type { Run } from '../../action.js';
import { listNodes, type ListedNode } from '../../api/nodes.js';
import { account } from '../../environment.js';
import { table } from '../../output/table.js';

export const nodeList: Run = async (call) => {
  const listed = await listNodes(await openSession(account(call)));
  return { text: nodeTable(listed), data: listed };
};

export function nodeTable(listed: readonly ListedNode[]): string {
  return table(
    ['UUID', 'NAME', 'RACK', 'STATE', 'POWER', 'BOOT', 'SERVER', 'FAULT'],
    listed.map((node) => [
      node.uuid,
      node.name ?? '',
      node.rack ?? '',
      [
        node.state,
        ...(node.maintenance ? ['maintenance'] : []),
        ...(node.quarantined === true ? ['quarantined'] : []),
        ...(node.interfaces?.length === 0 ? ['no interface'] : []),
        ...(node.power.reached === false ? ['BMC not reached'] : []),
      ].join(', '),
      node.power.state,
      node.boot_mode,
      node.instance_uuid ?? '',
      (node.fault ?? node.power.fault)?.code ?? '',
    ]),
  );
}
