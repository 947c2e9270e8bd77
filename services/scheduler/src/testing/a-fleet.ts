import type { SchedulingNode } from '@metalcast/db/scheduler';
import { nodeState, type NodeState } from '@metalcast/domain';
import { Fleet } from '../fleet/fleet.js';
import type { Aggregate } from '../fleet/host-kind.js';
import type { HostState } from '../fleet/host-state.js';
import { AggregateIndex, readHost } from '../fleet/read-host.js';

export const uuidOf = (id: number): string =>
  `7c1b2c3d-0000-4000-8000-${String(id).padStart(12, '0')}`;

/** The row of a free node: 4 CPUs, 8192 MiB, 100 GiB. */
export const aRow = (row: Partial<SchedulingNode> = {}): SchedulingNode => ({
  id: 1,
  uuid: uuidOf(row.id ?? 1),
  name: null,
  version: 1,
  epoch: 0,
  deleted: false,
  service_host: null,
  cpus: 4,
  memory_mb: 8192,
  local_gb: 100,
  cpu_arch: 'x86_64',
  resource_class: null,
  capabilities: {},
  availability_zone: null,
  traits: [],
  rack: null,
  power_feed: null,
  switch: null,
  instance_uuid: null,
  instance_flavor: null,
  task_state: null,
  maintenance: false,
  maintenance_reason: null,
  quarantined: false,
  quarantine_reason: null,
  bmc_reached: true,
  failures: 0,
  failed_at: null,
  last_used_at: null,
  interfaces: 1,
  firmware: null,
  ...row,
});

/** The changes of a row that put a server on the node. */
export const withServer = (
  server: number,
  flavor = 'small',
  taskState: NodeState = nodeState.active,
): Partial<SchedulingNode> => ({
  instance_uuid: uuidOf(server),
  instance_flavor: flavor,
  task_state: taskState,
});

export const anAggregate = (
  id: number,
  members: readonly string[],
  metadata: Readonly<Record<string, string>>,
): Aggregate => ({ id, name: `aggregate-${id}`, metadata, members: new Set(members) });

/** A fleet of these rows. Rows without an id are numbered from 1. */
export function aFleet(
  rows: readonly Partial<SchedulingNode>[],
  aggregates: readonly Aggregate[] = [],
): Fleet {
  const fleet = new Fleet();
  const index = new AggregateIndex(aggregates);
  rows.forEach((row, place) => {
    fleet.put(readHost(aRow({ id: place + 1, ...row }), index, fleet));
  });
  return fleet;
}

/** The only node of a new fleet. */
export function aHost(
  row: Partial<SchedulingNode> = {},
  aggregates: readonly Aggregate[] = [],
): HostState {
  const [host] = [...aFleet([row], aggregates).all()];
  if (host === undefined) {
    throw new Error('the fleet is empty');
  }
  return host;
}
