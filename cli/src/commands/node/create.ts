import { openSession } from '@metalcast/cloud-client';
import { canonicalMac } from '@metalcast/domain';
import type { Call, Run } from '../../action.js';
import { enrolNode } from '../../api/nodes.js';
import { account } from '../../environment.js';
import { usageFailure } from '../../failure.js';
import { powerOf } from './power-properties.js';
import { given, propertiesOf } from './properties.js';

/** `metalcast node create`: the machine with all its NICs, or nothing. */
export const nodeCreate: Run = async (call) => {
  const enrolment = enrolmentOf(call.options);
  const node = await enrolNode(await openSession(account(call)), enrolment);
  return { text: `enrolled node ${String(node.id)} (${node.uuid})`, data: node };
};

export function enrolmentOf(options: Call['options']): Record<string, unknown> {
  return {
    ...propertiesOf(options),
    ...given(options, { uuid: 'uuid' }),
    interfaces: interfacesOf(options['mac']),
    power: powerOf(options),
  };
}

function interfacesOf(macs: unknown): object[] {
  return (macs as readonly string[]).map((text, index) => {
    const address = canonicalMac(text);
    if (address === undefined) {
      throw usageFailure(`${text} is no MAC address.`);
    }
    return { address, pxe: index === 0 };
  });
}
