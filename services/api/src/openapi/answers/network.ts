import { z } from 'zod';
import { links, listOf, time } from './shared.js';

const nothing = z.array(z.unknown()).max(0);

const common = {
  id: z.uuid(),
  name: z.string(),
  project_id: z.string(),
  tenant_id: z.string(),
  description: z.string(),
  tags: nothing,
  revision_number: z.literal(0),
  created_at: time,
  updated_at: time,
};

/** Administrators also see which wire it is. */
const network = z.strictObject({
  ...common,
  admin_state_up: z.boolean(),
  mtu: z.int(),
  status: z.literal('ACTIVE'),
  subnets: z.array(z.uuid()),
  shared: z.boolean(),
  port_security_enabled: z.literal(false),
  'router:external': z.literal(false),
  'provider:network_type': z.literal('flat').optional(),
  'provider:physical_network': z.string().optional(),
  'provider:segmentation_id': z.null().optional(),
  availability_zone_hints: nothing,
  availability_zones: nothing,
  ipv4_address_scope: z.null(),
  ipv6_address_scope: z.null(),
});

const subnet = z.strictObject({
  ...common,
  network_id: z.uuid(),
  ip_version: z.literal(4),
  subnetpool_id: z.null(),
  enable_dhcp: z.boolean(),
  ipv6_ra_mode: z.null(),
  ipv6_address_mode: z.null(),
  gateway_ip: z.ipv4().nullable(),
  cidr: z.cidrv4(),
  allocation_pools: z.array(z.strictObject({ start: z.ipv4(), end: z.ipv4() })),
  host_routes: nothing,
  dns_nameservers: z.array(z.ipv4()),
  service_types: nothing,
});

const port = z.strictObject({
  ...common,
  network_id: z.uuid(),
  mac_address: z.string(),
  admin_state_up: z.boolean(),
  status: z.string(),
  device_id: z.string(),
  device_owner: z.string(),
  fixed_ips: z.array(z.strictObject({ subnet_id: z.uuid().nullable(), ip_address: z.ipv4() })),
  port_security_enabled: z.literal(false),
  security_groups: nothing,
  'binding:vnic_type': z.literal('baremetal'),
  allowed_address_pairs: nothing,
  extra_dhcp_opts: nothing,
});

/** `fields` may leave out any attribute of what a list shows. */
const resource = <T extends z.ZodObject>(name: string, item: T) => {
  const one = z.strictObject({ [name]: item });
  const many = z.strictObject({ [`${name}s`]: z.array(item) });
  return { one, created: z.union([one, many]), list: listOf(`${name}s`, item.partial()) };
};

export const networks = resource('network', network);
export const subnets = resource('subnet', subnet);
export const ports = resource('port', port);

const extension = z.strictObject({
  alias: z.string(),
  name: z.string(),
  description: z.string(),
  updated: time,
  links: nothing,
});

export const extensions = {
  list: z.strictObject({ extensions: z.array(extension) }),
  one: z.strictObject({ extension }),
};

export const quotas = z.strictObject({ quota: z.record(z.string(), z.int()) });

export const versions = z.strictObject({
  versions: z.array(z.strictObject({ id: z.string(), status: z.literal('CURRENT'), links })),
});

export const resources = z.strictObject({
  resources: z.array(z.strictObject({ name: z.string(), collection: z.string(), links })),
});
