import type { Subnet } from '@metalcast/db';
import { commonFields, ownerFields, timeFields, type View } from '../collections/view.js';

export const subnetView = (subnet: Subnet): View => ({
  id: subnet.id,
  name: subnet.name,
  description: subnet.description,
  ...ownerFields(subnet.projectId),
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
  ...commonFields,
  ...timeFields(subnet.createdAt),
});
