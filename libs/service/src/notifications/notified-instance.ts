import { ownValue } from '@metalcast/domain';
import {
  imageSnapshot,
  instanceFlavor,
  type ImageSnapshot,
  type InstanceFlavor,
} from '@metalcast/contracts';
import type { Queries } from '@metalcast/db';
import {
  relationsOf,
  type InstanceRelations,
  type NotifiedColumns,
} from '@metalcast/db/notifications';

/** Everything that a notification contains about an instance. */
export interface NotifiedInstance extends InstanceRelations {
  readonly instance: NotifiedColumns;
  readonly flavor: InstanceFlavor;
  readonly image: ImageSnapshot;
}

/** The given instance, with its rows in other tables. */
export async function readNotified(
  sql: Queries,
  instance: NotifiedColumns,
): Promise<NotifiedInstance> {
  const relations = await relationsOf(sql, instance);
  return {
    ...relations,
    instance,
    flavor: instanceFlavor.parse(instance.flavor),
    image: imageSnapshot.parse(instance.image),
    // The node's zone, else the requested one.
    zone: relations.zone ?? instance.availabilityZone,
  };
}

/** A property of the image that describes its content. */
export function imageProperty({ properties }: ImageSnapshot, name: string): string | null {
  const value = ownValue(properties, name);
  return typeof value === 'string' ? value : null;
}
