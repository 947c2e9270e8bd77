import type { DeploymentPort } from '@metalcast/db/deploy-helper';

interface NetworkData {
  readonly links: readonly object[];
  readonly networks: readonly object[];
  readonly services: readonly object[];
}

/** OpenStack's network_data.json: links by MAC address, the networks on them, name servers. */
export function networkData(ports: readonly DeploymentPort[]): NetworkData {
  const servers = new Set(ports.flatMap(({ subnet }) => subnet?.dnsNameservers ?? []));
  return {
    links: ports.map(({ port, mtu }) => ({
      id: linkId(port.id),
      vif_id: port.id,
      type: 'phy',
      mtu,
      ethernet_mac_address: port.macAddress,
    })),
    networks: ports.flatMap((plugged, index) => networkOf(plugged, index)),
    services: [...servers].map((address) => ({ type: 'dns', address })),
  };
}

const linkId = (portId: string): string => `tap${portId.slice(0, 11)}`;

function networkOf({ port, subnet }: DeploymentPort, index: number): object[] {
  if (subnet === null || port.ipAddress === null) {
    return [];
  }
  const common = { id: `network${index}`, link: linkId(port.id), network_id: port.networkId };
  if (subnet.enableDhcp) {
    return [{ ...common, type: 'ipv4_dhcp' }];
  }
  const gateway = subnet.gatewayIp;
  const routes = gateway === null ? [] : [{ network: '0.0.0.0', netmask: '0.0.0.0', gateway }];
  const services = subnet.dnsNameservers.map((address) => ({ type: 'dns', address }));
  const netmask = netmaskOf(subnet.cidr);
  return [{ ...common, type: 'ipv4', ip_address: port.ipAddress, netmask, routes, services }];
}

/** `10.0.0.0/20` → `255.255.240.0`. */
export function netmaskOf(cidr: string): string {
  const bits = Number(cidr.split('/')[1] ?? '32');
  const mask = bits === 0 ? 0 : (0xffffffff << (32 - bits)) >>> 0;
  return [24, 16, 8, 0].map((shift) => (mask >>> shift) & 0xff).join('.');
}
