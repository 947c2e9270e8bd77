import type { Node } from '@metalcast/db';
import type { HeardNotification, Others, World } from './world.js';

const inQueues = ({ notifications }: World, topic: string): HeardNotification[] =>
  notifications.filter(({ queue }) => [`${topic}.info`, `${topic}.error`].includes(queue));

export const unversioned = (world: World): HeardNotification[] => inQueues(world, 'notifications');

export const versioned = (world: World): HeardNotification[] =>
  inQueues(world, 'versioned_notifications');

export const types = (heard: readonly HeardNotification[]): string[] =>
  heard.map(({ event_type: type }) => type);

/** What a versioned payload holds. */
export const dataOf = ({ payload }: HeardNotification): Record<string, unknown> =>
  payload['nova_object.data'] as Record<string, unknown>;

/** The BMC of this node refuses to power it on. */
export const refusing =
  ({ id }: Node): NonNullable<Others['power']> =>
  (target, node) =>
    target === 'cycle' && node.id === id ? 'POWER_REFUSED' : undefined;
