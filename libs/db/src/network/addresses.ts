import {
  cidrContains,
  Fault,
  freeAddresses,
  parseCidr,
  parseIpv4,
  type AddressRange,
} from '@metalcast/domain';

/** A subnet with the addresses of it that are taken. */
export interface SubnetInUse {
  readonly id: string;
  readonly cidr: string;
  readonly gatewayIp: string | null;
  readonly allocationPools: unknown;
  readonly taken: ReadonlySet<string>;
}

export interface FixedIp {
  readonly subnetId: string;
  readonly ipAddress: string;
}

/** The lowest free address of the first subnet that has one. Fault NETWORK_EXHAUSTED. */
export const freeFixedIp = (networkId: string, subnets: readonly SubnetInUse[]): FixedIp =>
  nextFixedIp(networkId, subnets, freeFixedIps(subnets));

/** The free addresses of the subnets in their order; those that are taken meanwhile are left out. */
export function* freeFixedIps(subnets: readonly SubnetInUse[]): Generator<FixedIp, undefined> {
  for (const { id: subnetId, gatewayIp, allocationPools, taken } of subnets) {
    for (const ipAddress of freeAddresses(allocationPools as AddressRange[], taken)) {
      if (ipAddress !== gatewayIp) {
        yield { subnetId, ipAddress };
      }
    }
  }
  return undefined;
}

/** The next of the `places` of these subnets. Fault NETWORK_EXHAUSTED. */
export function nextFixedIp(
  networkId: string,
  subnets: readonly SubnetInUse[],
  places: Generator<FixedIp, undefined>,
): FixedIp {
  const { value } = places.next();
  if (value !== undefined) {
    return value;
  }
  throw new Fault('NETWORK_EXHAUSTED', {
    reason:
      subnets.length === 0
        ? `Network ${networkId} has no subnet to take an address from.`
        : `No more IP addresses available on network ${networkId}.`,
  });
}

/** The address that was asked for. Faults: BAD_REQUEST (outside of the network), CONFLICT (it is taken). */
export function requestedFixedIp(
  networkId: string,
  subnets: readonly SubnetInUse[],
  fixedIp: string,
): FixedIp {
  const address = parseIpv4(fixedIp) ?? -1;
  const subnet = subnets.find(({ cidr }) => {
    const network = parseCidr(cidr);
    return network !== undefined && cidrContains(network, address);
  });
  if (subnet === undefined) {
    throw new Fault('BAD_REQUEST', {
      reason: `IP address ${fixedIp} is not a valid IP for any of the subnets on network ${networkId}.`,
    });
  }
  if (subnet.taken.has(fixedIp) || subnet.gatewayIp === fixedIp) {
    throw new Fault('CONFLICT', {
      reason: `IP address ${fixedIp} already allocated in subnet ${subnet.id}`,
    });
  }
  return { subnetId: subnet.id, ipAddress: fixedIp };
}
