// Who reads and writes what: the one place. Made from it are the services' rights in PostgreSQL,
// docs/generated/grants.md, and the tests that every other write is refused. Whoever migrates owns the tables and may
// do all.
import { serviceNames, type ServiceName } from '@metalcast/domain';
import type { Rights } from './rights.js';

export type TableRights = { readonly [S in ServiceName]?: Rights };

const everyService = (rights: Rights): TableRights =>
  Object.fromEntries(serviceNames.map((service) => [service, rights]));

const whole = { read: 'all', insert: 'all', update: 'all', delete: true } as const;

/** Only the power service reads these; the api stores them at enrolment. */
const bmcColumns = [
  'pm_address',
  'pm_user',
  'pm_secret',
  'pm_options',
  'bmc_key',
  'bmc_endpoints',
] as const;

/** Ciphertexts of what users gave in confidence. */
const secretsOfServers = ['user_data', 'injected_files', 'admin_pass'] as const;

/** As nodes are enrolled and changed by operators. */
const enrolment = [
  ...['name', 'service_host', 'cpus', 'memory_mb', 'local_gb', 'cpu_arch', 'resource_class'],
  ...['capabilities', 'availability_zone', 'traits', 'rack', 'power_feed', 'switch'],
  ...['terminal_port', 'power_driver', ...bmcColumns, 'bmc_reached', 'maintenance'],
  'maintenance_reason',
  ...['quarantined', 'quarantine_reason', 'failures', 'failed_at', 'root_device', 'keep_disks'],
] as const;

export const grants = {
  nodes: {
    api: {
      read: 'all',
      insert: 'all',
      // A removal raises the epoch, so that messages about the node are refused. A change of an interface or an
      // aggregate touches its nodes (updated_at).
      update: [...enrolment, 'data_of', 'epoch', 'deleted_at', 'updated_at'],
      delete: true,
    },
    scheduler: {
      read: { allBut: [...bmcColumns, 'terminal_port', 'root_device', 'keep_disks', 'data_of'] },
      update: [
        ...['instance_uuid', 'epoch', 'boot_mode', 'fault', 'task_state', 'operation_id'],
        'touched',
      ],
    },
    compute: {
      read: { allBut: ['pm_user', 'pm_secret', 'pm_options', 'bmc_key', 'bmc_endpoints'] },
      update: [
        ...['quarantined', 'quarantine_reason', 'failures', 'failed_at', 'last_used_at'],
        ...['instance_uuid', 'epoch', 'task_state', 'operation_id', 'boot_mode', 'touched'],
        'fault',
      ],
      // Retention.
      delete: true,
    },
    power: {
      read: [
        ...['id', 'uuid', 'name', 'epoch', 'version', 'operation_id', 'power_driver'],
        ...[...bmcColumns, 'bmc_reached', 'deleted_at'],
      ],
      update: ['bmc_key', 'bmc_endpoints', 'bmc_reached'],
    },
    boot: {
      read: ['id', 'uuid', 'epoch', 'boot_mode', 'instance_uuid', 'deleted_at'],
      lock: 'updated_at',
    },
    'deploy-helper': {
      read: [
        ...['id', 'uuid', 'epoch', 'boot_mode', 'instance_uuid', 'root_device', 'keep_disks'],
        ...['data_of', 'deleted_at'],
      ],
      update: ['data_of'],
    },
  },
  node_power: {
    api: { read: 'all' },
    power: { read: 'all', insert: 'all', update: 'all' },
  },
  interfaces: {
    api: whole,
    scheduler: { read: ['node_id'] },
    compute: { read: 'all', update: ['vif_uuid'] },
    boot: { read: ['node_id', 'address'] },
    'deploy-helper': { read: ['id', 'vif_uuid', 'pxe'] },
  },
  instances: {
    api: {
      read: 'all',
      insert: 'all',
      update: ['vm_state', 'task_state', 'terminated_at', 'deleted_at', ...secretsOfServers],
    },
    scheduler: {
      read: {
        allBut: [...secretsOfServers, 'key_data'],
      },
      // What a foreign run_instance brings along.
      update: ['server_group_id', 'admin_pass'],
    },
    compute: {
      read: { allBut: secretsOfServers },
      // It clears the secrets and reads none.
      update: [
        ...['vm_state', 'task_state', 'power_state', 'host', 'node', 'fault', 'launched_at'],
        ...['first_sign_at', 'terminated_at', 'deleted_at', 'expired_at', ...secretsOfServers],
      ],
      // Retention.
      delete: true,
    },
    boot: { read: ['uuid', 'flavor', 'first_sign_at'], update: ['first_sign_at'] },
    'deploy-helper': {
      read: [
        ...['uuid', 'project_id', 'display_name', 'hostname', 'launch_index', 'image', 'flavor'],
        ...['root_gb', 'kernel_id', 'ramdisk_id', 'key_name', 'key_data', 'metadata'],
        ...['availability_zone', 'config_drive', ...secretsOfServers],
      ],
    },
  },
  operations: {
    // A second deletion ends the pause of the first (deadline_at).
    api: { read: 'all', insert: 'all', update: ['cancel_requested', 'deadline_at'] },
    scheduler: {
      read: 'all',
      update: ['node_id', 'epoch', 'awaiting', 'fault', 'filter_properties'],
    },
    compute: {
      ...whole,
      update: [
        ...['node_id', 'epoch', 'step', 'undoing', 'undo_from', 'state', 'awaiting'],
        ...['awaiting_key', 'begun_at', 'step_attempt', 'attempt', 'nodes_tried', 'deadline_at'],
        ...['last_milestone', 'fault', 'finished_at'],
      ],
    },
  },
  operation_steps: {
    api: { read: 'all', insert: 'all' },
    compute: whole,
  },
  power_commands: {
    api: { read: 'all' },
    // Deletes: retention.
    compute: { read: 'all', delete: true, lock: 'created_at' },
    power: { read: 'all', insert: 'all', update: 'all' },
  },
  boots: {
    api: { read: { allBut: ['token_hash'] } },
    // Deletes: retention.
    compute: { read: { allBut: ['token_hash'] }, delete: true, lock: 'local_script_at' },
    boot: { read: 'all', insert: 'all', update: 'all' },
    // No other boot may be served while a ramdisk's hello is checked.
    'deploy-helper': {
      read: ['node_id', 'epoch', 'boot_try', 'token_hash'],
      lock: 'local_script_at',
    },
  },
  deployments: {
    api: { read: { allBut: ['nonce_hash'] } },
    // Deletes: retention.
    compute: { read: { allBut: ['nonce_hash'] }, delete: true, lock: 'updated_at' },
    scheduler: { read: ['node_id', 'epoch', 'inventory'] },
    power: { read: ['node_id', 'epoch', 'inventory'] },
    boot: { read: ['node_id', 'epoch', 'boot_try', 'bios_drive'] },
    'deploy-helper': { read: 'all', insert: 'all', update: 'all' },
  },
  leases: everyService(whole),
  streams: {
    ...everyService({ read: 'all', insert: 'all', update: ['n', 'written', 'sent', 'owner'] }),
    // Deletes: retention.
    compute: {
      ...{ read: 'all', insert: 'all', update: ['n', 'written', 'sent', 'owner'] },
      delete: true,
    },
  },
  publishers: everyService({ read: 'all', insert: 'all', update: ['lease_until'], delete: true }),
  // The owner of a stream publishes its messages, also those that other services wrote.
  outbox: everyService({ read: 'all', insert: 'all', update: ['retry_at'], delete: true }),
  events: {
    // Any service may hold the lease for numbering events.
    ...everyService({ read: ['id', 'seq', 'pos'], insert: 'all', update: ['pos'] }),
    api: { read: 'all', insert: 'all', update: ['pos'] },
    // Deletes: retention.
    compute: { read: 'all', insert: 'all', update: ['pos'], delete: true },
  },
  services: {
    ...everyService({
      ...{ read: 'all', insert: 'all' },
      update: { allBut: ['id', 'host', 'binary', 'zone', 'disabled', 'disabled_reason'] },
    }),
    api: { read: 'all', insert: 'all', update: { allBut: ['id', 'host', 'binary', 'zone'] } },
    compute: {
      ...{ read: 'all', insert: 'all' },
      update: { allBut: ['id', 'host', 'binary', 'zone', 'disabled', 'disabled_reason'] },
      // Retention.
      delete: true,
    },
  },
  flavors: {
    api: { read: 'all', insert: 'all', delete: true, lock: 'created_at' },
    scheduler: { read: 'all' },
  },
  flavor_extra_specs: { api: whole, scheduler: { read: 'all' } },
  images: { api: whole, scheduler: { read: ['id', 'properties', 'virtual_size', 'facts'] } },
  flavor_access: { api: { read: 'all', insert: 'all', delete: true } },
  aggregates: {
    api: whole,
    scheduler: { read: 'all' },
    compute: { read: 'all' },
  },
  aggregate_hosts: {
    api: { read: 'all', insert: 'all', delete: true },
    scheduler: { read: 'all' },
    compute: { read: 'all' },
  },
  server_groups: {
    api: { ...{ read: 'all', insert: 'all', delete: true }, lock: 'created_at' },
    scheduler: { read: 'all', lock: 'created_at' },
  },
  key_pairs: {
    api: { read: 'all', insert: 'all', delete: true },
    compute: { read: 'all' },
  },
  networks: {
    api: whole,
    compute: { read: 'all', lock: 'created_at' },
    boot: { read: 'all' },
    'deploy-helper': { read: 'all' },
  },
  subnets: {
    api: whole,
    compute: { read: 'all' },
    boot: { read: 'all' },
    'deploy-helper': { read: 'all' },
  },
  ports: {
    api: whole,
    compute: whole,
    boot: { read: 'all' },
    'deploy-helper': { read: 'all' },
  },
  users: { api: { read: 'all', insert: 'all', update: ['password_hash', 'configured_proof'] } },
  revoked_tokens: { api: { read: 'all', insert: 'all', delete: true } },
  projects: { api: { read: 'all', insert: 'all' } },
  role_assignments: { api: { read: 'all', insert: 'all' } },
} as const satisfies Record<string, TableRights>;
