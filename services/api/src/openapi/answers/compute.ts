import { placementScopes, serverGroupPolicies } from '@metalcast/domain';
import { z } from 'zod';
import { scopeKey } from '../../compute/server-groups/server-groups.schema.js';
import { link, links, listOf, time } from './shared.js';

const summary = { id: z.string(), name: z.string(), links };

const address = z.strictObject({
  addr: z.ipv4(),
  version: z.literal(4),
  'OS-EXT-IPS:type': z.literal('fixed'),
  'OS-EXT-IPS-MAC:mac_addr': z.string(),
});

const named = z.strictObject({ name: z.string() });

/** From 2.47 on. */
const flavorOfServer = z.strictObject({
  ...{ original_name: z.string(), vcpus: z.int(), ram: z.int(), disk: z.int() },
  ...{ ephemeral: z.int(), swap: z.int(), extra_specs: z.record(z.string(), z.string()) },
});

/** What only administrators see, and what newer microversions add, is optional. */
const server = z.strictObject({
  ...summary,
  status: z.string(),
  tenant_id: z.string(),
  user_id: z.string(),
  metadata: z.record(z.string(), z.string()),
  hostId: z.string(),
  image: z.strictObject({ id: z.string(), links }),
  flavor: z.union([z.strictObject({ id: z.string(), links }), flavorOfServer]),
  created: time,
  updated: time,
  addresses: z.record(z.string(), z.array(address)),
  accessIPv4: z.string(),
  accessIPv6: z.string(),
  config_drive: z.enum(['True', '']),
  key_name: z.string().nullable(),
  security_groups: z.array(named),
  'OS-DCF:diskConfig': z.literal('MANUAL'),
  'OS-EXT-AZ:availability_zone': z.string(),
  'OS-EXT-STS:task_state': z.string().nullable(),
  'OS-EXT-STS:vm_state': z.string(),
  'OS-EXT-STS:power_state': z.int(),
  'OS-SRV-USG:launched_at': time.nullable(),
  'OS-SRV-USG:terminated_at': time.nullable(),
  'os-extended-volumes:volumes_attached': z.array(z.unknown()).max(0),
  progress: z.int().optional(),
  fault: z
    .strictObject({
      code: z.int(),
      created: time,
      message: z.string(),
      details: z.string().optional(),
    })
    .optional(),
  locked: z.literal(false).optional(),
  description: z.string().nullable().optional(),
  tags: z.array(z.string()).max(0).optional(),
  host_status: z.string().optional(),
  'OS-EXT-SRV-ATTR:host': z.string().nullable().optional(),
  'OS-EXT-SRV-ATTR:hypervisor_hostname': z.string().nullable().optional(),
  'OS-EXT-SRV-ATTR:instance_name': z.string().optional(),
  'OS-EXT-SRV-ATTR:reservation_id': z.string().nullable().optional(),
  'OS-EXT-SRV-ATTR:launch_index': z.int().optional(),
  'OS-EXT-SRV-ATTR:hostname': z.string().nullable().optional(),
  'OS-EXT-SRV-ATTR:kernel_id': z.string().optional(),
  'OS-EXT-SRV-ATTR:ramdisk_id': z.string().optional(),
  'OS-EXT-SRV-ATTR:root_device_name': z.null().optional(),
  'OS-EXT-SRV-ATTR:user_data': z.null().optional(),
});

const accepted = z.strictObject({
  id: z.uuid(),
  links,
  'OS-DCF:diskConfig': z.literal('MANUAL'),
  security_groups: z.array(named),
  adminPass: z.string(),
});

export const servers = {
  names: listOf('servers', z.strictObject(summary)),
  details: listOf('servers', server),
  one: z.strictObject({ server }),
  accepted: z.union([
    z.strictObject({ server: accepted }),
    z.strictObject({ reservation_id: z.string() }),
  ]),
};

const action = {
  action: z.string(),
  instance_uuid: z.uuid(),
  request_id: z.string(),
  user_id: z.string().nullable(),
  project_id: z.string().nullable(),
  start_time: time,
  message: z.string().nullable(),
};

const event = z.strictObject({
  event: z.string(),
  start_time: time,
  finish_time: time.nullable(),
  result: z.string().nullable(),
  traceback: z.null(),
});

export const actions = {
  list: z.strictObject({ instanceActions: z.array(z.strictObject(action)) }),
  one: z.strictObject({ instanceAction: z.strictObject({ ...action, events: z.array(event) }) }),
};

const flavor = z.strictObject({
  ...summary,
  ram: z.int(),
  vcpus: z.int(),
  disk: z.int(),
  swap: z.union([z.literal(''), z.int()]),
  rxtx_factor: z.number(),
  'OS-FLV-EXT-DATA:ephemeral': z.int(),
  'OS-FLV-DISABLED:disabled': z.boolean(),
  'os-flavor-access:is_public': z.boolean(),
});

const specs = z.record(z.string(), z.string());

export const flavors = {
  names: listOf('flavors', z.strictObject(summary)),
  details: listOf('flavors', flavor),
  one: z.strictObject({ flavor }),
  access: z.strictObject({
    flavor_access: z.array(z.strictObject({ flavor_id: z.string(), tenant_id: z.string() })),
  }),
  specs: z.strictObject({ extra_specs: specs }),
  oneSpec: specs,
};

const keyPair = {
  name: z.string(),
  public_key: z.string(),
  fingerprint: z.string(),
  type: z.literal('ssh').optional(),
};

export const keyPairs = {
  list: listOf('keypairs', z.strictObject({ keypair: z.strictObject(keyPair) })),
  one: z.strictObject({
    keypair: z.strictObject({
      ...keyPair,
      id: z.int(),
      user_id: z.string(),
      created_at: time,
      deleted: z.literal(false),
      deleted_at: z.null(),
      updated_at: z.null(),
    }),
  }),
  created: z.strictObject({
    keypair: z.strictObject({
      ...keyPair,
      user_id: z.string(),
      private_key: z.string().optional(),
    }),
  }),
};

const newAggregate = {
  id: z.int(),
  uuid: z.uuid().optional(),
  name: z.string(),
  availability_zone: z.string().nullable(),
  created_at: time,
  updated_at: time,
  deleted: z.literal(false),
  deleted_at: z.null(),
};
const aggregate = z.strictObject({
  ...newAggregate,
  hosts: z.array(z.string()),
  metadata: z.record(z.string(), z.string()),
});

export const aggregates = {
  list: listOf('aggregates', aggregate),
  created: z.strictObject({ aggregate: z.strictObject(newAggregate) }),
  one: z.strictObject({ aggregate }),
};

const group = z.strictObject({
  id: z.uuid(),
  name: z.string(),
  policies: z.array(z.enum(serverGroupPolicies)),
  members: z.array(z.uuid()),
  metadata: z.strictObject({}),
  project_id: z.string().optional(),
  user_id: z.string().optional(),
  [scopeKey]: z.enum(placementScopes).optional(),
});

export const serverGroups = {
  list: z.strictObject({ server_groups: z.array(group) }),
  one: z.strictObject({ server_group: group }),
};

const nic = z.strictObject({
  id: z.int(),
  address: z.string(),
  datapath_id: z.string().nullable(),
  port_no: z.int().nullable(),
});

const node = z.strictObject({
  id: z.int(),
  service_host: z.string().nullable(),
  cpus: z.int(),
  memory_mb: z.int(),
  local_gb: z.int(),
  pm_address: z.string().nullable(),
  pm_user: z.string().nullable(),
  terminal_port: z.int().nullable(),
  instance_uuid: z.uuid().nullable(),
  interfaces: z.array(nic),
});

export const baremetalNodes = {
  list: listOf('nodes', node),
  one: z.strictObject({ node }),
  added: z.strictObject({ interface: nic }),
};

const hypervisorSummary = {
  id: z.int(),
  hypervisor_hostname: z.uuid(),
  state: z.enum(['up', 'down']),
  status: z.enum(['enabled', 'disabled']),
};

const hypervisor = z.strictObject({
  ...hypervisorSummary,
  vcpus: z.int(),
  memory_mb: z.int(),
  local_gb: z.int(),
  vcpus_used: z.int(),
  memory_mb_used: z.int(),
  local_gb_used: z.int(),
  free_ram_mb: z.int(),
  free_disk_gb: z.int(),
  current_workload: z.int(),
  running_vms: z.int(),
  hypervisor_type: z.literal('baremetal'),
  hypervisor_version: z.literal(1),
  host_ip: z.null(),
  disk_available_least: z.null(),
  cpu_info: z.union([z.string(), z.strictObject({ model: z.string() })]),
  service: z.strictObject({
    id: z.int().nullable(),
    host: z.string(),
    disabled_reason: z.string().nullable(),
  }),
});

const hosted = z.array(z.strictObject({ uuid: z.uuid(), name: z.string() }));

export const hypervisors = {
  names: listOf('hypervisors', z.strictObject(hypervisorSummary)),
  details: listOf('hypervisors', hypervisor),
  one: z.strictObject({ hypervisor }),
  statistics: z.strictObject({ hypervisor_statistics: z.record(z.string(), z.number()) }),
  withServers: listOf('hypervisors', z.strictObject({ ...hypervisorSummary, servers: hosted })),
};

const service = z.strictObject({
  id: z.int(),
  binary: z.string(),
  host: z.string(),
  zone: z.string(),
  status: z.enum(['enabled', 'disabled']),
  state: z.enum(['up', 'down']),
  updated_at: time,
  disabled_reason: z.string().nullable(),
  forced_down: z.literal(false).optional(),
});

export const services = {
  list: listOf('services', service),
  changed: z.strictObject({
    service: z.strictObject({
      host: z.string(),
      binary: z.string(),
      status: z.enum(['enabled', 'disabled']),
      disabled_reason: z.string().optional(),
    }),
  }),
};

const zoneState = z.strictObject({ available: z.boolean() });
const zone = { zoneName: z.string(), zoneState };
const serviceState = z.strictObject({
  available: z.boolean(),
  active: z.boolean(),
  updated_at: time,
});

export const zones = {
  list: z.strictObject({
    availabilityZoneInfo: z.array(z.strictObject({ ...zone, hosts: z.null() })),
  }),
  details: z.strictObject({
    availabilityZoneInfo: z.array(
      z.strictObject({
        ...zone,
        hosts: z.record(z.string(), z.record(z.string(), serviceState)),
      }),
    ),
  }),
};

export const limits = z.strictObject({
  limits: z.strictObject({
    rate: z.array(z.unknown()).max(0),
    absolute: z.record(z.string(), z.int()),
  }),
});

const extension = z.strictObject({
  ...{ alias: z.string(), name: z.string(), description: z.string() },
  ...{ links: z.array(z.unknown()).max(0), namespace: z.string(), updated: time },
});

export const extensions = {
  list: z.strictObject({ extensions: z.array(extension) }),
  one: z.strictObject({ extension }),
};

const usedOfQuota = z.strictObject({ limit: z.int(), in_use: z.int(), reserved: z.literal(0) });

export const quotas = {
  one: z.strictObject({ quota_set: z.object({ id: z.string() }).catchall(z.int()) }),
  detail: z.strictObject({ quota_set: z.object({ id: z.string() }).catchall(usedOfQuota) }),
};

const usage = {
  ...{ tenant_id: z.string(), start: z.string(), stop: z.string(), total_hours: z.number() },
  total_vcpus_usage: z.number(),
  total_memory_mb_usage: z.number(),
  total_local_gb_usage: z.number(),
};

const serverUsages = z.array(
  z.strictObject({
    ...{ instance_id: z.uuid(), name: z.string(), tenant_id: z.string(), flavor: z.string() },
    ...{ vcpus: z.int(), memory_mb: z.int(), local_gb: z.int(), state: z.string() },
    ...{ started_at: z.string(), ended_at: z.string().nullable() },
    ...{ hours: z.number(), uptime: z.int() },
  }),
);

export const usages = {
  list: z.strictObject({
    tenant_usages: z.array(z.strictObject({ ...usage, server_usages: serverUsages.optional() })),
    tenant_usages_links: z.array(link).optional(),
  }),
  one: z.strictObject({
    tenant_usage: z.union([
      z.strictObject({ ...usage, server_usages: serverUsages }),
      z.strictObject({}),
    ]),
    tenant_usage_links: z.array(link).optional(),
  }),
};

const resource = z.strictObject({
  ...{ host: z.string(), project: z.string(), cpu: z.int(), memory_mb: z.int(), disk_gb: z.int() },
});

export const hosts = {
  list: z.strictObject({
    hosts: z.array(
      z.strictObject({ host_name: z.string(), service: z.string(), zone: z.string() }),
    ),
  }),
  one: z.strictObject({ host: z.array(z.strictObject({ resource })) }),
};

const securityGroup = z.strictObject({
  ...{ id: z.string(), name: z.string(), description: z.string(), tenant_id: z.string() },
  rules: z.array(z.unknown()).max(0),
});

export const securityGroups = {
  list: z.strictObject({ security_groups: z.array(securityGroup) }),
  one: z.strictObject({ security_group: securityGroup }),
};

export const version = z.strictObject({
  id: z.literal('v2.1'),
  status: z.literal('CURRENT'),
  version: z.string(),
  min_version: z.string(),
  updated: time,
  links: z.array(link),
  'media-types': z.array(z.strictObject({ base: z.string(), type: z.string() })),
});
