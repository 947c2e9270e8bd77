import type { Network, Port, Subnet } from '@metalcast/db';
import type { Caller } from '../http/access/caller.js';
import { openstackTime } from '../http/answers/openstack-time.js';
import { isAllowed } from '../policy/policy.js';

export type View = Readonly<Record<string, unknown>>;

const always = { description: '', tags: [], revision_number: 0 };
const ownerOf = (projectId: string): View => ({ project_id: projectId, tenant_id: projectId });
const times = (created: Date, updated = created): View => ({
  created_at: openstackTime(created),
  updated_at: openstackTime(updated),
});

/** Administrators also see the provider's attributes. */
export function networkView(
  network: Network & { readonly subnets: readonly string[] },
  caller: Caller,
): View {
  return {
    id: network.id,
    name: network.name,
    ...ownerOf(network.projectId),
    admin_state_up: network.adminStateUp,
    mtu: network.mtu,
    status: 'ACTIVE',
    subnets: network.subnets,
    shared: network.shared,
    port_security_enabled: false,
    'router:external': false,
    ...(isAllowed('get_network:provider:network_type', caller)
      ? {
          'provider:network_type': 'flat',
          'provider:physical_network': 'provisioning',
          'provider:segmentation_id': null,
        }
      : {}),
    availability_zone_hints: [],
    availability_zones: [],
    ipv4_address_scope: null,
    ipv6_address_scope: null,
    ...always,
    ...times(network.createdAt),
  };
}

export const subnetView = (subnet: Subnet): View => ({
  id: subnet.id,
  name: subnet.name,
  ...ownerOf(subnet.projectId),
  network_id: subnet.networkId,
  ip_version: 4,
  subnetpool_id: null,
  enable_dhcp: subnet.enableDhcp,
  ipv6_ra_mode: null,
  ipv6_address_mode: null,
  gateway_ip: subnet.gatewayIp,
  cidr: subnet.cidr,
  allocation_pools: subnet.allocationPools,
  host_routes: [],
  dns_nameservers: subnet.dnsNameservers,
  service_types: [],
  ...always,
  ...times(subnet.createdAt),
});

export const portView = (port: Port): View => ({
  id: port.id,
  name: port.name,
  network_id: port.networkId,
  ...ownerOf(port.projectId),
  mac_address: port.macAddress,
  admin_state_up: port.adminStateUp,
  status: port.status,
  device_id: port.deviceId,
  device_owner: port.deviceOwner,
  fixed_ips:
    port.ipAddress === null ? [] : [{ subnet_id: port.subnetId, ip_address: port.ipAddress }],
  port_security_enabled: false,
  security_groups: [],
  'binding:vnic_type': 'baremetal',
  allowed_address_pairs: [],
  extra_dhcp_opts: [],
  ...always,
  ...times(port.createdAt, port.updatedAt),
});
