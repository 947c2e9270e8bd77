import {
  imageSnapshot,
  instanceFlavor,
  type ImageSnapshot,
  type InstanceFlavor,
} from '@metalcast/contracts';
import type { Queries } from '@metalcast/db';
import {
  surroundingsOf,
  type InstanceSurroundings,
  type NotifiedColumns,
} from '@metalcast/db/notifications';

/** All that a notification tells of an instance. */
export interface NotifiedInstance extends InstanceSurroundings {
  readonly instance: NotifiedColumns;
  readonly flavor: InstanceFlavor;
  readonly image: ImageSnapshot;
}

/** The instance as it is given, with what belongs to it. */
export async function readNotified(
  sql: Queries,
  instance: NotifiedColumns,
): Promise<NotifiedInstance> {
  const surroundings = await surroundingsOf(sql, instance);
  return {
    ...surroundings,
    instance,
    flavor: instanceFlavor.parse(instance.flavor),
    image: imageSnapshot.parse(instance.image),
    // The node's, else the one that was asked for.
    zone: surroundings.zone ?? instance.availabilityZone,
  };
}

/** A property of the image that says what is in it. */
export function imageProperty({ properties }: ImageSnapshot, name: string): string | null {
  const value = properties[name];
  return typeof value === 'string' ? value : null;
}
