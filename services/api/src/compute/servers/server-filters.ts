import { Prisma } from '@metalcast/db';
import { zoneOfNode } from '@metalcast/db/placement';
import { defaultZone, vmStateOf } from '@metalcast/domain';
import type { Caller } from '../../http/access/caller.js';
import { isAllowed, requireAllowed } from '../../policy/policy.js';
import type { ListServers } from './servers.schema.js';

type Value = string | number | boolean | Date;

/** The condition on `instances` for each filter. */
const filters = {
  name: (pattern: string) => Prisma.sql`display_name ~ ${pattern}`,
  ip: (pattern: string) => Prisma.sql`EXISTS (
    SELECT 1 FROM ports WHERE device_id = instances.uuid::text AND ip_address ~ ${pattern})`,
  status: (status: string) => Prisma.sql`vm_state = ${vmStateOf(status.toUpperCase()) ?? 'none'}`,
  vm_state: equals(Prisma.sql`vm_state`),
  task_state: equals(Prisma.sql`task_state`),
  power_state: equals(Prisma.sql`power_state`),
  flavor: equals(Prisma.sql`flavor->>'flavorid'`),
  image: equals(Prisma.sql`image_ref`),
  key_name: equals(Prisma.sql`key_name`),
  config_drive: equals(Prisma.sql`config_drive`),
  reservation_id: equals(Prisma.sql`reservation_id`),
  user_id: equals(Prisma.sql`user_id`),
  tenant_id: equals(Prisma.sql`project_id`),
  project_id: equals(Prisma.sql`project_id`),
  host: equals(Prisma.sql`host`),
  node: equals(Prisma.sql`node::text`),
  availability_zone: (zone: string) => Prisma.sql`
    coalesce(${zoneOfNode(Prisma.sql`instances.node`)}, availability_zone,
             CASE WHEN host IS NULL THEN '' ELSE ${defaultZone} END) = ${zone}`,
  progress: equals(Prisma.sql`progress`),
  /** Addresses are IPv4. */
  ip6: () => Prisma.sql`FALSE`,
  /** Servers cannot be locked. */
  locked: (locked: boolean) => Prisma.sql`${!locked}`,
  'changes-since': (since: Date) => Prisma.sql`updated_at >= ${since}`,
} as const;

type Filter = keyof typeof filters;

/** The conditions for a list of servers. Fault FORBIDDEN: a filter is for administrators only. */
export function conditionsOf(query: ListServers, caller: Caller): Prisma.Sql {
  if (hasAdminFilters(query)) {
    requireAllowed('os_compute_api:servers:allow_all_filters', caller);
  }
  if (query.all_tenants === true) {
    requireAllowed('os_compute_api:servers:index:get_all_tenants', caller);
  }
  const narrowing = Object.entries(filters).flatMap(([name, condition]) => {
    const value = query[name as Filter];
    return value === undefined ? [] : [(condition as (value: Value) => Prisma.Sql)(value)];
  });
  const project = isAllProjects(query, caller)
    ? []
    : [Prisma.sql`project_id = ${caller.projectId}`];
  return Prisma.join([...project, ...life(query), ...narrowing, Prisma.sql`TRUE`], ' AND ');
}

/**
 * A list by changes-since includes deleted servers until they expire. The conditions have the same form as those of the
 * partial indexes of living servers.
 */
function life(query: ListServers): Prisma.Sql[] {
  const deleted = query.deleted ?? (query['changes-since'] === undefined ? false : undefined);
  if (deleted === false) {
    return [Prisma.sql`deleted_at IS NULL`];
  }
  const unexpired = Prisma.sql`expired_at IS NULL`;
  return deleted ? [Prisma.sql`deleted_at IS NOT NULL`, unexpired] : [unexpired];
}

const hasAdminFilters = ({ host, node, deleted }: ListServers): boolean =>
  host !== undefined || node !== undefined || deleted === true;

/** An administrator who names a project gets its servers without `all_tenants`. */
const isAllProjects = (query: ListServers, caller: Caller): boolean =>
  isAllowed('os_compute_api:servers:index:get_all_tenants', caller) &&
  (query.all_tenants ?? (query.tenant_id ?? query.project_id) !== undefined);

function equals(column: Prisma.Sql): (value: Value) => Prisma.Sql {
  return (value) => Prisma.sql`${column} = ${value}`;
}
