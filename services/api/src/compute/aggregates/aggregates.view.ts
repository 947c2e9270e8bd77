import type { Aggregate } from '@metalcast/db';
import { openstackMicroTime } from '../../http/answers/openstack-time.js';

export type AggregateWithHosts = Aggregate & { readonly hosts: readonly string[] };

export const metadataOf = ({ metadata }: Pick<Aggregate, 'metadata'>): Record<string, string> =>
  metadata as Record<string, string>;

export const aggregateView = (aggregate: AggregateWithHosts): object => ({
  id: aggregate.id,
  uuid: aggregate.uuid,
  name: aggregate.name,
  availability_zone: metadataOf(aggregate)['availability_zone'] ?? null,
  hosts: aggregate.hosts,
  metadata: aggregate.metadata,
  created_at: openstackMicroTime(aggregate.createdAt),
  updated_at: openstackMicroTime(aggregate.updatedAt),
  deleted: false,
  deleted_at: null,
});
