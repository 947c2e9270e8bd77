import type { SchedulingNode } from '@metalcast/db/scheduler';
import { defaultZone } from '@metalcast/domain';
import type { Fleet, ReadHost } from './fleet.js';
import type { Aggregate, Capabilities, HostKind } from './host-kind.js';

/** Aggregates by member: the name of a compute host or the uuid of a node. */
export class AggregateIndex {
  private readonly byMember = new Map<string, Aggregate[]>();

  constructor(aggregates: readonly Aggregate[]) {
    for (const aggregate of aggregates) {
      for (const member of aggregate.members) {
        const those = this.byMember.get(member);
        if (those === undefined) {
          this.byMember.set(member, [aggregate]);
        } else {
          those.push(aggregate);
        }
      }
    }
  }

  of(node: Pick<SchedulingNode, 'uuid' | 'service_host'>): readonly Aggregate[] {
    const own = this.byMember.get(node.uuid) ?? none;
    const hosts =
      node.service_host === null ? none : (this.byMember.get(node.service_host) ?? none);
    if (own.length === 0) {
      return hosts;
    }
    return [...new Set([...hosts, ...own])].sort((one, other) => one.id - other.id);
  }
}

const none: readonly Aggregate[] = [];

/** Converts a row to a HostState. Its kind is the object in `fleet` when an equal kind is known. */
export function readHost(
  row: SchedulingNode,
  aggregates: AggregateIndex,
  fleet: Pick<Fleet, 'kind'>,
): ReadHost {
  const kind = kindOf(row, aggregates.of(row));
  const kindKey = keyOf(kind, row.id);
  const { name, version, epoch, uuid, id } = row;
  return {
    kindKey,
    host: {
      id,
      uuid,
      name,
      version,
      epoch,
      host: row.service_host,
      kind: fleet.kind(kindKey) ?? kind,
      rack: row.rack,
      powerFeed: row.power_feed,
      switchName: row.switch,
      instanceUuid: row.instance_uuid,
      instanceFlavor: row.instance_flavor,
      taskState: row.task_state,
      maintenance: row.maintenance,
      maintenanceReason: row.maintenance_reason,
      quarantined: row.quarantined,
      quarantineReason: row.quarantine_reason,
      bmcReached: row.bmc_reached,
      interfaces: row.interfaces,
      lastUsedAt: row.last_used_at?.getTime() ?? null,
    },
  };
}

function kindOf(row: SchedulingNode, aggregates: readonly Aggregate[]): HostKind {
  const zoned = aggregates.find(({ metadata }) => metadata['availability_zone'] !== undefined);
  return {
    cpus: row.cpus,
    memoryMb: row.memory_mb,
    localGb: row.local_gb,
    cpuArch: row.cpu_arch,
    firmware: row.firmware,
    resourceClass: row.resource_class,
    traits: new Set(row.traits),
    capabilities: row.capabilities as Capabilities,
    zone: row.availability_zone ?? zoned?.metadata['availability_zone'] ?? defaultZone,
    aggregates,
    failures: row.failures,
    failedAt: row.failed_at?.getTime() ?? null,
  };
}

const keyOf = (kind: HostKind, id: number): string =>
  JSON.stringify([
    kind.cpus,
    kind.memoryMb,
    kind.localGb,
    kind.cpuArch,
    kind.firmware,
    kind.resourceClass,
    [...kind.traits].sort(),
    kind.capabilities,
    kind.zone,
    kind.aggregates.map((aggregate) => [aggregate.id, aggregate.name, aggregate.metadata]),
    kind.failures === 0 ? null : [id, kind.failures, kind.failedAt],
  ]);
