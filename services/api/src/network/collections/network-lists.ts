import { Prisma } from '@metalcast/db';
import type { ListedTable } from '@metalcast/db/api';
import { portColumns } from '@metalcast/db/network';
import { fixed, fixedIps, flag, number, optionalText, text, time, uuid } from './attributes.js';
import type { Attributes } from './collection-query.js';

/** A resource of the network API as it is listed. */
export interface NetworkList {
  readonly rows: ListedTable;
  readonly attributes: Attributes;
}

const common = {
  id: uuid('id'),
  name: text('name'),
  project_id: text('project_id'),
  tenant_id: text('project_id'),
  description: text('description'),
  tags: fixed([]),
  revision_number: fixed(0),
  created_at: time('created_at'),
};

export const networkList: NetworkList = {
  rows: {
    table: 'networks',
    columns: Prisma.raw(`
      id, name, description, project_id AS "projectId", shared, admin_state_up AS "adminStateUp", mtu, created_at AS "createdAt",
      ARRAY(SELECT s.id::text FROM subnets s WHERE s.network_id = networks.id ORDER BY s.created_at, s.id) AS subnets`),
    key: 'id',
    keyType: 'uuid',
  },
  attributes: {
    ...common,
    admin_state_up: flag('admin_state_up'),
    mtu: number('mtu'),
    status: fixed('ACTIVE'),
    shared: flag('shared'),
    port_security_enabled: fixed(false),
    'router:external': fixed(false),
    'provider:network_type': fixed('flat'),
    'provider:physical_network': fixed('provisioning'),
    'provider:segmentation_id': fixed(null),
    is_default: fixed(false),
    ipv4_address_scope: fixed(null),
    ipv6_address_scope: fixed(null),
    updated_at: time('created_at'),
  },
};

export const subnetList: NetworkList = {
  rows: {
    table: 'subnets',
    columns: Prisma.raw(`
      id, network_id AS "networkId", name, description, project_id AS "projectId", cidr, gateway_ip AS "gatewayIp",
      enable_dhcp AS "enableDhcp", dns_nameservers AS "dnsNameservers", allocation_pools AS "allocationPools",
      created_at AS "createdAt"`),
    key: 'id',
    keyType: 'uuid',
  },
  attributes: {
    ...common,
    network_id: uuid('network_id'),
    ip_version: fixed(4),
    subnetpool_id: fixed(null),
    enable_dhcp: flag('enable_dhcp'),
    ipv6_ra_mode: fixed(null),
    ipv6_address_mode: fixed(null),
    gateway_ip: optionalText('gateway_ip'),
    cidr: text('cidr'),
    updated_at: time('created_at'),
  },
};

export const portList: NetworkList = {
  rows: { table: 'ports', columns: portColumns, key: 'id', keyType: 'uuid' },
  attributes: {
    ...common,
    network_id: uuid('network_id'),
    mac_address: text('mac_address'),
    admin_state_up: flag('admin_state_up'),
    status: text('status'),
    device_id: text('device_id'),
    device_owner: text('device_owner'),
    fixed_ips: fixedIps,
    port_security_enabled: fixed(false),
    security_groups: fixed([]),
    'binding:vnic_type': fixed('baremetal'),
    updated_at: time('updated_at'),
  },
};
