import type { Aggregate } from '@metalcast/db';
import type { Microversion } from '../../http/routing/microversion.js';
import { openstackMicroTime } from '../../http/answers/openstack-time.js';

export type AggregateWithHosts = Aggregate & { readonly hosts: readonly string[] };

export const metadataOf = ({ metadata }: Pick<Aggregate, 'metadata'>): Record<string, string> =>
  metadata as Record<string, string>;

/** Its members are asked for by other routes: a new one has none, and Nova leaves them out. */
export const newAggregateView = (aggregate: Aggregate, version: Microversion): object => ({
  id: aggregate.id,
  ...(version.since(41) ? { uuid: aggregate.uuid } : {}),
  name: aggregate.name,
  availability_zone: metadataOf(aggregate)['availability_zone'] ?? null,
  created_at: openstackMicroTime(aggregate.createdAt),
  updated_at: openstackMicroTime(aggregate.updatedAt),
  deleted: false,
  deleted_at: null,
});

export const aggregateView = (aggregate: AggregateWithHosts, version: Microversion): object => ({
  ...newAggregateView(aggregate, version),
  hosts: aggregate.hosts,
  metadata: aggregate.metadata,
});
