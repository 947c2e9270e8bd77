import { canonicalMac } from '@metalcast/domain';
import type { Call } from '../action.js';
import { usageFailure } from '../failure.js';
import { powerOf } from '../commands/node/power-properties.js';
import { givenFields, propertiesOf } from '../commands/node/properties.js';

/** The options about a machine as fields of the API's `node`. */
export function enrolmentOf(options: Call['options']): Record<string, unknown> {
  const power = powerOf(options);
  return {
    ...propertiesOf(options),
    ...givenFields(options, { uuid: 'uuid' }),
    ...(options['mac'] === undefined ? {} : { interfaces: interfacesOf(options['mac']) }),
    ...(Object.keys(power).length === 0 ? {} : { power }),
  };
}

/** The machine boots from the first NIC. */
function interfacesOf(macs: unknown): object[] {
  return (macs as readonly string[]).map((text, index) => {
    const address = canonicalMac(text);
    if (address === undefined) {
      throw usageFailure(`${text} is not a MAC address.`);
    }
    return { address, pxe: index === 0 };
  });
}
