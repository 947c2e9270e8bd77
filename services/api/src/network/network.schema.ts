import { canonicalMac, parseCidr, formatCidr, parseIpv4 } from '@metalcast/domain';
import { z } from 'zod';
import { oneOrMany } from './collections/one-or-many.js';

const id = z.uuid().toLowerCase();
const name = z.string().max(255);
const address = z
  .string()
  .max(64)
  .refine((text) => parseIpv4(text) !== undefined, 'is no IPv4 address');
const mac = z
  .string()
  .max(64)
  .transform((text, context) => {
    const canonical = canonicalMac(text);
    if (canonical === undefined) {
      context.addIssue({ code: 'custom', message: 'is no MAC address that an interface can have' });
    }
    return canonical ?? z.NEVER;
  });
/** As a number or, from the openstack client, as text. */
const mtu = z
  .union([
    z.int(),
    z
      .string()
      .regex(/^\d{1,9}$/)
      .transform(Number),
  ])
  .pipe(z.int().min(68).max(9216));
/** The network of an address with host bits, as in Neutron: 10.1.2.3/16 is 10.1.0.0/16. */
const cidr = z
  .string()
  .max(64)
  .transform((text, context) => {
    const parsed = parseCidr(text);
    if (parsed === undefined) {
      context.addIssue({ code: 'custom', message: `'${text}' is no IPv4 network` });
    }
    return parsed === undefined ? z.NEVER : formatCidr(parsed);
  });
const description = z.string().max(255);

const projectId = z.string().max(255).optional();
const owner = { project_id: projectId, tenant_id: projectId };
/** Neutron's attributes that have one possible value here; another one is refused, not ignored. */
const noPortSecurity = z
  .literal(false, 'must be false: nothing filters the traffic of a machine')
  .optional();
const noSecurityGroups = z.tuple([], 'there are no security groups').optional();
const notExternal = z.literal(false, 'must be false: there are no routers').optional();
const noHostRoutes = z
  .tuple([], 'must be empty: machines get no routes but the gateway; user data can set them')
  .optional();
const noDnsName = z
  .literal('', 'must be empty: there is no DNS service; a system is named after its server')
  .optional();

const network = z.strictObject({
  name: name.default(''),
  admin_state_up: z.boolean().default(true),
  shared: z.boolean().default(false),
  mtu: mtu.default(1500),
  'provider:network_type': z.literal('flat').optional(),
  'provider:physical_network': z
    .literal('provisioning', 'there is one physical network, provisioning')
    .optional(),
  'router:external': notExternal,
  port_security_enabled: noPortSecurity,
  is_default: z.literal(false).optional(),
  description: description.default(''),
  ...owner,
});
export type NewNetwork = z.output<typeof network>;
export const newNetworks = oneOrMany('network', network);

export const networkChange = z.strictObject({
  network: z.strictObject({
    name: name.optional(),
    admin_state_up: z.boolean().optional(),
    shared: z.boolean().optional(),
    mtu: mtu.optional(),
    description: description.optional(),
    'router:external': notExternal,
    port_security_enabled: noPortSecurity,
  }),
});

const nameservers = z.array(address).max(64);

const subnet = z.strictObject({
  network_id: id,
  cidr,
  ip_version: z.literal(4, { error: 'only IPv4 (4) is supported' }),
  name: name.default(''),
  gateway_ip: address.nullable().optional(),
  enable_dhcp: z.boolean().default(true),
  dns_nameservers: nameservers.default([]),
  allocation_pools: z
    .array(z.strictObject({ start: address, end: address }))
    .max(64)
    .optional(),
  host_routes: noHostRoutes,
  description: description.default(''),
  ...owner,
});
export type NewSubnet = z.output<typeof subnet>;
export const newSubnets = oneOrMany('subnet', subnet);

export const subnetChange = z.strictObject({
  subnet: z.strictObject({
    name: name.optional(),
    dns_nameservers: nameservers.optional(),
    enable_dhcp: z.boolean().optional(),
    description: description.optional(),
    host_routes: noHostRoutes,
  }),
});

const port = z.strictObject({
  network_id: id,
  name: name.default(''),
  admin_state_up: z.boolean().default(true),
  mac_address: mac.optional(),
  fixed_ips: z
    .array(z.strictObject({ subnet_id: id.optional(), ip_address: address.optional() }))
    .max(1, 'a port has one address')
    .default([]),
  device_id: name.default(''),
  device_owner: name.default(''),
  security_groups: noSecurityGroups,
  port_security_enabled: noPortSecurity,
  'binding:vnic_type': z.enum(['normal', 'baremetal']).optional(),
  dns_name: noDnsName,
  description: description.default(''),
  ...owner,
});
export type NewPort = z.output<typeof port>;
export const newPorts = oneOrMany('port', port);

export const portChange = z.strictObject({
  port: z.strictObject({
    name: name.optional(),
    admin_state_up: z.boolean().optional(),
    description: description.optional(),
    security_groups: noSecurityGroups,
    port_security_enabled: noPortSecurity,
    dns_name: noDnsName,
  }),
});
