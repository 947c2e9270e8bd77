import { Fault } from '@metalcast/domain';

export const roles = ['admin', 'member', 'reader', 'service'] as const;
export type Role = (typeof roles)[number];

/** Whom a rule allows what it is about. */
interface Grant {
  /** `public`: also without a token. */
  readonly roles: 'public' | 'any' | readonly Role[];
  /** Of those, the roles that also reach what belongs to another project or user. Everybody else only their own. */
  readonly others?: readonly Role[];
}

const onlyAdmin: readonly Role[] = ['admin'];
const adminAndServices: readonly Role[] = ['admin', 'service'];

const open: Grant = { roles: 'public' };
/** The default of all APIs: any role reads, administrators and members change. */
const read: Grant = { roles: 'any' };
const change: Grant = { roles: ['admin', 'member'] };
const administer: Grant = { roles: onlyAdmin };
const readOwn: Grant = { ...read, others: onlyAdmin };
const changeOwn: Grant = { ...change, others: onlyAdmin };
/** The other services read it for every project. */
const readShared: Grant = { ...read, others: adminAndServices };

/** Every rule of every API: OpenStack's own names where it has one, `metalcast:` for the rest. */
const rules = {
  'os_compute_api:limits': readOwn,
  'os_compute_api:extensions': read,
  'os_compute_api:os-quota-sets:show': readOwn,
  'os_compute_api:os-quota-sets:defaults': read,
  'os_compute_api:os-quota-sets:detail': readOwn,
  'os_compute_api:os-simple-tenant-usage:list': administer,
  'os_compute_api:os-simple-tenant-usage:show': readOwn,
  'os_compute_api:os-security-groups:list': readOwn,
  'os_compute_api:os-security-groups:get': read,
  'os_compute_api:os-security-groups:show': read,

  'os_compute_api:flavors': read,
  /** Flavors that are not public. */
  'os_compute_api:os-flavor-access': administer,
  'os_compute_api:os-flavor-access:add_tenant_access': administer,
  'os_compute_api:os-flavor-access:remove_tenant_access': administer,
  'os_compute_api:os-flavor-manage:create': administer,
  'os_compute_api:os-flavor-manage:delete': administer,
  'os_compute_api:os-flavor-extra-specs:index': read,
  'os_compute_api:os-flavor-extra-specs:show': read,
  'os_compute_api:os-flavor-extra-specs:create': administer,
  'os_compute_api:os-flavor-extra-specs:update': administer,
  'os_compute_api:os-flavor-extra-specs:delete': administer,

  'os_compute_api:os-keypairs:index': read,
  'os_compute_api:os-keypairs:show': read,
  'os_compute_api:os-keypairs:create': change,
  'os_compute_api:os-keypairs:delete': change,
  /** The key pairs of a user who is not the caller. */
  'os_compute_api:os-keypairs': administer,

  'os_compute_api:os-server-groups:index': read,
  'os_compute_api:os-server-groups:index:all_projects': administer,
  'os_compute_api:os-server-groups:show': readOwn,
  'os_compute_api:os-server-groups:create': change,
  'os_compute_api:os-server-groups:delete': changeOwn,

  'os_compute_api:servers:index': read,
  'os_compute_api:servers:detail': read,
  'os_compute_api:servers:index:get_all_tenants': administer,
  /** Filters by the place of a server, and lists of deleted servers. */
  'os_compute_api:servers:allow_all_filters': administer,
  'os_compute_api:servers:show': readOwn,
  'os_compute_api:servers:create': change,
  'compute:servers:create:forced_host': administer,
  'os_compute_api:servers:delete': changeOwn,
  'os_compute_api:servers:reboot': changeOwn,
  'os_compute_api:os-extended-server-attributes': administer,
  'os_compute_api:os-instance-actions:list': readOwn,
  'os_compute_api:os-instance-actions:show': readOwn,
  /** Servers of other projects in scheduler hints. */
  'metalcast:hinted_servers': readOwn,
  /** The evidence of a fault. */
  'metalcast:fault_details': administer,

  'os_compute_api:os-availability-zone:list': read,
  'os_compute_api:os-availability-zone:detail': administer,
  'os_compute_api:os-aggregates': administer,
  'os_compute_api:os-hosts': administer,
  'os_compute_api:os-hypervisors': administer,
  'os_compute_api:os-services': administer,
  'compute_extension:baremetal_nodes': administer,

  'metalcast:log_in': open,
  'identity:validate_token': readShared,
  'identity:revoke_token': readOwn,
  'identity:get_auth_catalog': read,
  'identity:get_auth_projects': read,
  'identity:list_users': administer,
  'identity:get_user': readOwn,
  'identity:list_projects': administer,
  'identity:get_project': readOwn,
  'identity:list_roles': administer,
  'identity:get_role': read,
  'identity:list_domains': read,
  'identity:get_domain': read,

  'metalcast:image_schemas': open,
  get_images: readShared,
  get_image: readShared,
  add_image: changeOwn,
  publicize_image: administer,
  modify_image: changeOwn,
  delete_image: changeOwn,
  deactivate: { ...administer, others: onlyAdmin },
  reactivate: { ...administer, others: onlyAdmin },
  upload_image: changeOwn,
  download_image: readShared,

  get_network: readShared,
  'get_network:provider:network_type': administer,
  create_network: administer,
  update_network: administer,
  delete_network: administer,
  get_subnet: read,
  create_subnet: administer,
  update_subnet: administer,
  delete_subnet: administer,
  get_port: readShared,
  create_port: change,
  'create_port:device_id': administer,
  'create_port:fixed_ips:ip_address': changeOwn,
  'create_port:mac_address': changeOwn,
  update_port: change,
  delete_port: change,
  /** Networks, subnets and ports for another project than the caller's. */
  create_for_other_project: administer,
  get_quota: readOwn,
  'metalcast:network_extensions': read,

  /** What OpenStack has and Metalcast does not. */
  'metalcast:not_offered': read,
  'metalcast:versions': open,
  'metalcast:openapi': open,
  'metalcast:nodes': administer,
  'metalcast:explain': administer,
  'metalcast:trace': readOwn,
} as const satisfies Readonly<Record<string, Grant>>;

export type Rule = keyof typeof rules;

export const policy: Readonly<Record<Rule, Grant>> = rules;

interface HasRoles {
  readonly roles: readonly Role[];
}

export const isPublic = (rule: Rule): boolean => policy[rule].roles === 'public';

/** Whether a caller with these roles may do what the rule is about. */
export function isAllowed(rule: Rule, caller: HasRoles): boolean {
  const { roles: allowed } = policy[rule];
  return typeof allowed === 'string'
    ? caller.roles.length > 0
    : allowed.some((role) => caller.roles.includes(role));
}

/** Whether a caller with these roles may do it to what belongs to another project or user. */
export const isAllowedForOthers = (rule: Rule, caller: HasRoles): boolean =>
  policy[rule].others?.some((role) => caller.roles.includes(role)) === true;

/** Whether only administrators may: then a refusal names the rule, else the route. */
export const isAdministrative = (rule: Rule): boolean => policy[rule].roles === onlyAdmin;

/** Fault FORBIDDEN. */
export function requireAllowed(rule: Rule, caller: HasRoles): void {
  if (!isAllowed(rule, caller)) {
    throw new Fault('FORBIDDEN', { rule });
  }
}
