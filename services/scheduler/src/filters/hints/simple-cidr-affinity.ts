import { cidrContains, formatCidr, parseCidr, parseIpv4 } from '@metalcast/domain';
import { kindAttribute } from '../../fleet/attributes.js';
import { passAll, type KindFilter } from '../filter.js';

/**
 * Passes nodes whose capability host_ip lies in the network given by the hints build_near_host_ip and cidr (Nova's
 * SimpleCIDRAffinityFilter, which uses the address of the compute host).
 */
export const simpleCidrAffinity: KindFilter = {
  name: 'SimpleCIDRAffinityFilter',
  prepare({ hints: { build_near_host_ip: near, cidr = '/24' } }) {
    const network = near === undefined ? undefined : parseCidr(`${near}/${cidr.replace('/', '')}`);
    if (network === undefined) {
      return passAll;
    }
    const reason = `has no host_ip in the network ${formatCidr(network)}`;
    return {
      kind(kind) {
        const address = kindAttribute(kind, ['host_ip']);
        const number = typeof address === 'string' ? parseIpv4(address) : undefined;
        return number !== undefined && cidrContains(network, number)
          ? undefined
          : {
              reason,
              detail: address === undefined ? 'no host_ip is set' : `host_ip ${address}`,
              change: "correct the node's capability host_ip, or drop the hint build_near_host_ip",
            };
      },
    };
  },
};
