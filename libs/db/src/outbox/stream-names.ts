// Streams beside those of events, whose names are the uuids of what the events are about. Whoever has written to a
// stream may have to publish what others have written to it, and not every service may send everything: so casts to
// each topic have streams of their own, and so have notifications.

/** Of the casts to the routing key's topic about `aggregate`. */
export const castStream = (routingKey: string, aggregate: string): string =>
  `${routingKey.split('.', 1)[0] ?? routingKey}:${aggregate}`;

/** Of the notifications about an instance. */
export const notificationStream = (instance: string): string => `notifications:${instance}`;

/** SQL: whether the stream `aggregate` holds events, or is of one of the kinds in the array `kinds`; null is any. */
export const isOfKinds = (aggregate: string, kinds: string): string =>
  `(${kinds}::text[] IS NULL OR strpos(${aggregate}, ':') = 0 OR split_part(${aggregate}, ':', 1) = ANY (${kinds}))`;
