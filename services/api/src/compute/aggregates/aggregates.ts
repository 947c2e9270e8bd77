import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { eventOf } from '@metalcast/contracts';
import { isUniqueViolation, Prisma, type Aggregate } from '@metalcast/db';
import { readPage, type ListedTable, type PageRequest } from '@metalcast/db/api';
import { ModelDatabase, type Sql, type Tx } from '@metalcast/db/models';
import {
  findZoneConflict,
  lockAggregates,
  resolveMember,
  touchMemberNodes,
} from '@metalcast/db/placement';
import { Fault } from '@metalcast/domain';
import type { AggregateChange, AggregateMetadata } from './aggregates.schema.js';
import { metadataOf, type AggregateWithHosts } from './aggregates.view.js';

const listed: ListedTable = {
  table: 'aggregates',
  columns: Prisma.raw(`
    id, uuid, name, metadata, created_at AS "createdAt", updated_at AS "updatedAt",
    ARRAY(SELECT h.host FROM aggregate_hosts h WHERE h.aggregate_id = aggregates.id ORDER BY h.host) AS hosts`),
  key: 'id',
  keyType: 'int',
};

const withHosts = { hosts: { orderBy: { host: 'asc' }, select: { host: true } } } as const;

const named = ({
  hosts,
  ...aggregate
}: Aggregate & { hosts: { host: string }[] }): AggregateWithHosts => ({
  ...aggregate,
  hosts: hosts.map(({ host }) => host),
});

/** The words of a refusal for what was asked. */
type Doing = 'add host to' | 'update' | 'update metadata of';

/**
 * Host aggregates. Every change is one transaction that also writes an event and touches the rows of the nodes
 * concerned. The faults have Nova's texts.
 */
@Injectable()
export class Aggregates {
  constructor(@Inject(ModelDatabase) private readonly database: ModelDatabase) {}

  /** Sorted by id. Fault BAD_REQUEST: an unknown marker. */
  async page(page: Pick<PageRequest, 'marker' | 'take'>): Promise<AggregateWithHosts[]> {
    return readPage<AggregateWithHosts>(this.database, listed, page);
  }

  /** Fault NOT_FOUND. */
  async find(id: string): Promise<AggregateWithHosts> {
    return findIn(this.database.prisma, id);
  }

  /** Fault CONFLICT when the name is taken. */
  async create(
    { name, availability_zone: zone = null }: AggregateChange & { name: string },
    requestId: string,
  ): Promise<AggregateWithHosts> {
    return nameConflicts(name, () =>
      this.database.transaction(async (tx) => {
        const metadata = changed({}, { availability_zone: zone });
        const data = { uuid: randomUUID(), name, metadata };
        const aggregate = { ...(await tx.sql.aggregate.create({ data })), hosts: [] };
        await announce(tx, aggregate, [], requestId);
        return aggregate;
      }),
    );
  }

  /** Faults NOT_FOUND; CONFLICT: the name is taken, or a member would be in two zones. */
  async update(
    id: string,
    change: AggregateChange,
    requestId: string,
  ): Promise<AggregateWithHosts> {
    const { name, availability_zone: zone } = change;
    return nameConflicts(name ?? '', () =>
      this.change(id, 'update', requestId, async (sql, aggregate) => {
        const metadata = changed(metadataOf(aggregate), {
          ...(zone === undefined ? {} : { availability_zone: zone }),
        });
        const data = { ...(name === undefined ? {} : { name }), metadata };
        await sql.aggregate.update({ where: { id: aggregate.id }, data });
      }),
    );
  }

  /** Merges the values; null removes a key. Faults NOT_FOUND; CONFLICT: a member would be in two zones. */
  async setMetadata(
    id: string,
    values: AggregateMetadata,
    requestId: string,
  ): Promise<AggregateWithHosts> {
    return this.change(id, 'update metadata of', requestId, async (sql, aggregate) => {
      const metadata = changed(metadataOf(aggregate), values);
      await sql.aggregate.update({ where: { id: aggregate.id }, data: { metadata } });
    });
  }

  /** Faults NOT_FOUND (aggregate, host); CONFLICT: it is a member already, or would be in two zones. */
  async addHost(id: string, name: string, requestId: string): Promise<AggregateWithHosts> {
    return this.change(id, 'add host to', requestId, async (sql, aggregate) => {
      const host = await resolveMember(sql, name);
      if (host === undefined) {
        throw new Fault('NOT_FOUND', { what: 'Compute host', id: name });
      }
      if (aggregate.hosts.includes(host)) {
        throw new Fault('CONFLICT', { reason: `Aggregate ${id} already has host ${name}.` });
      }
      await sql.aggregateHost.create({ data: { aggregateId: aggregate.id, host } });
    });
  }

  /** Also removes a member that is no longer enrolled. Fault NOT_FOUND (aggregate, member). */
  async removeHost(id: string, name: string, requestId: string): Promise<AggregateWithHosts> {
    return this.change(id, 'update', requestId, async (sql, aggregate) => {
      const isMember = aggregate.hosts.includes(name);
      const host = isMember ? name : await resolveMember(sql, name);
      const where = { aggregateId: aggregate.id, host: host ?? name };
      const { count } = await sql.aggregateHost.deleteMany({ where });
      if (count === 0) {
        const details = { what: `Aggregate ${id} host`, id: name };
        const message = `Aggregate ${id} has no host ${name}.`;
        throw new Fault('NOT_FOUND', details, { message });
      }
    });
  }

  /** Faults NOT_FOUND; BAD_REQUEST while it has members. */
  async remove(id: string, requestId: string): Promise<void> {
    await this.database.transaction(async (tx) => {
      await lockAggregates(tx.sql);
      const aggregate = await findIn(tx.sql, id);
      if (aggregate.hosts.length > 0) {
        const reason = `Cannot delete aggregate ${id}. Reason: Host aggregate is not empty.`;
        throw new Fault('BAD_REQUEST', { reason });
      }
      await tx.sql.aggregate.delete({ where: { id: aggregate.id } });
      await announce(tx, aggregate, [], requestId);
    });
  }

  private async change(
    id: string,
    doing: Doing,
    requestId: string,
    work: (sql: Sql, aggregate: AggregateWithHosts) => Promise<void>,
  ): Promise<AggregateWithHosts> {
    return this.database.transaction(async (tx) => {
      await lockAggregates(tx.sql);
      const before = await findIn(tx.sql, id);
      await work(tx.sql, before);
      await refuseTwoZones(tx.sql, doing, id);
      const after = await findIn(tx.sql, id);
      await announce(tx, after, [...before.hosts, ...after.hosts], requestId);
      return after;
    });
  }
}

async function findIn(sql: Sql, id: string): Promise<AggregateWithHosts> {
  const aggregate = /^\d{1,9}$/.test(id)
    ? await sql.aggregate.findUnique({ where: { id: Number(id) }, include: withHosts })
    : null;
  if (aggregate === null) {
    throw new Fault('NOT_FOUND', { what: 'Aggregate', id });
  }
  return named(aggregate);
}

function changed(
  present: Readonly<Record<string, string>>,
  values: AggregateMetadata,
): Record<string, string> {
  const all: AggregateMetadata = { ...present, ...values };
  return Object.fromEntries(
    Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== null),
  );
}

async function refuseTwoZones(sql: Sql, doing: Doing, id: string): Promise<void> {
  const conflict = await findZoneConflict(sql);
  if (conflict !== undefined) {
    const why = `One or more hosts already in availability zone(s): ${conflict.member} would be in ${conflict.zones.join(' and ')}`;
    throw new Fault('CONFLICT', { reason: `Cannot ${doing} aggregate ${id}. Reason: ${why}.` });
  }
}

async function announce(
  { sql, out }: Tx,
  { uuid: subject, name }: AggregateWithHosts,
  members: AggregateWithHosts['hosts'],
  requestId: string,
): Promise<void> {
  const hosts = [...new Set(members)];
  const nodes = hosts.length === 0 ? 0 : await touchMemberNodes(sql, hosts);
  out.emit(eventOf('aggregateChanged', { subject, requestId }, { name, nodes }));
}

async function nameConflicts<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isUniqueViolation(error, 'name')) {
      throw new Fault(
        'CONFLICT',
        { reason: `Aggregate ${name} already exists.` },
        { cause: error },
      );
    }
    throw error;
  }
}
