import {
  cidrContains,
  defaultPools,
  Fault,
  formatIpv4,
  hostRange,
  parseCidr,
  parseIpv4,
  type AddressRange,
} from '@metalcast/domain';
import type { NewSubnet } from '../network.schema.js';

export interface SubnetPlan {
  readonly gatewayIp: string | null;
  readonly allocationPools: AddressRange[];
}

type Wanted = Pick<NewSubnet, 'cidr' | 'gateway_ip' | 'allocation_pools'>;

/**
 * Gateway and pools of a subnet: the given ones, else Neutron's choice: the first host address, and all others. Faults:
 * BAD_REQUEST outside of the network, CONFLICT for overlaps.
 */
export function planSubnet({
  cidr,
  gateway_ip: wanted,
  allocation_pools: pools,
}: Wanted): SubnetPlan {
  const network = parseCidr(cidr);
  if (network === undefined) {
    throw new Fault('BAD_REQUEST', { reason: `'${cidr}' is no IPv4 network.` });
  }
  const hosts = hostRange(network);
  const gatewayIp = wanted === undefined ? formatIpv4(hosts.first) : wanted;
  const gateway = gatewayIp === null ? undefined : parseIpv4(gatewayIp);
  if (gateway !== undefined && !cidrContains(network, gateway)) {
    throw new Fault('BAD_REQUEST', {
      reason: `Gateway ${gatewayIp} is not valid on subnet ${cidr}.`,
    });
  }
  if (pools === undefined) {
    return { gatewayIp, allocationPools: defaultPools(network, gateway) };
  }
  checkPools(pools, hosts, gateway);
  return { gatewayIp, allocationPools: pools };
}

function checkPools(
  pools: readonly AddressRange[],
  hosts: { first: number; last: number },
  gateway: number | undefined,
): void {
  const ranges = pools.map(({ start, end }) => ({
    text: `${start}-${end}`,
    first: parseIpv4(start) ?? -1,
    last: parseIpv4(end) ?? -1,
  }));
  for (const { text, first, last } of ranges) {
    if (first > last || first < hosts.first || last > hosts.last) {
      throw new Fault('BAD_REQUEST', { reason: `The allocation pool ${text} is not valid.` });
    }
    if (gateway !== undefined && gateway >= first && gateway <= last) {
      throw new Fault('CONFLICT', {
        reason: `Gateway ip ${formatIpv4(gateway)} conflicts with allocation pool ${text}.`,
        type: 'GatewayConflictWithAllocationPools',
      });
    }
  }
  const sorted = ranges.toSorted((a, b) => a.first - b.first);
  const overlap = sorted.find(({ first }, n) => n > 0 && first <= (sorted[n - 1]?.last ?? -1));
  if (overlap !== undefined) {
    throw new Fault('CONFLICT', {
      reason: `The allocation pool ${overlap.text} overlaps another.`,
      type: 'OverlappingAllocationPools',
    });
  }
}
