import {
  cidrContains,
  Fault,
  lowestFree,
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

export interface Place {
  readonly subnetId: string;
  readonly ipAddress: string;
}

/** The lowest free address of the first subnet that has one. Fault NETWORK_EXHAUSTED. */
export function freePlace(networkId: string, subnets: readonly SubnetInUse[]): Place {
  for (const subnet of subnets) {
    const taken = new Set(subnet.taken);
    if (subnet.gatewayIp !== null) {
      taken.add(subnet.gatewayIp);
    }
    const ipAddress = lowestFree(subnet.allocationPools as AddressRange[], taken);
    if (ipAddress !== undefined) {
      return { subnetId: subnet.id, ipAddress };
    }
  }
  throw new Fault('NETWORK_EXHAUSTED', {
    reason:
      subnets.length === 0
        ? `Network ${networkId} has no subnet to take an address from.`
        : `No more IP addresses available on network ${networkId}.`,
  });
}

/** The address that was asked for. Faults: BAD_REQUEST (outside of the network), CONFLICT (it is taken). */
export function requestedPlace(
  networkId: string,
  subnets: readonly SubnetInUse[],
  fixedIp: string,
): Place {
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
