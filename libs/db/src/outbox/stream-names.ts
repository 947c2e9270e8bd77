// The names of streams: `kind:uuid`. Whoever has written to a stream may have to publish what others have written to
// it, and not every service may send everything: so casts to each topic have streams of their own, and so have
// notifications and each service's events. The row that is named by the uuid alone numbers the events about it.
import { messagesOfService, type ServiceName } from '@metalcast/domain';

const notifications = 'notifications';

const eventsOf = (service: ServiceName): string => `${service}.events`;

/** Of the events of one service about `subject`. Who is no service writes to the subject's own. */
export const eventStream = (service: ServiceName | undefined, subject: string): string =>
  service === undefined ? subject : `${eventsOf(service)}:${subject}`;

/** Of the casts to the routing key's topic about `aggregate`. */
export const castStream = (routingKey: string, aggregate: string): string =>
  `${routingKey.split('.', 1)[0] ?? routingKey}:${aggregate}`;

/** Of the notifications about an instance. */
export const notificationStream = (instance: string): string => `${notifications}:${instance}`;

/** Kinds of the streams that a service writes to. */
export interface StreamKinds {
  readonly events: string;
  readonly casts: readonly string[];
  readonly notifications: readonly string[];
}

export function streamKindsOf(service: ServiceName): StreamKinds {
  const { casts, notifies = false } = messagesOfService(service);
  return { events: eventsOf(service), casts, notifications: notifies ? [notifications] : [] };
}

/** SQL: of which kind the stream `aggregate` is; no service's is an uuid. */
export const kindOf = (aggregate: string): string => `split_part(${aggregate}, ':', 1)`;

/** SQL: whether the stream `aggregate` is of one of the kinds in the array `kinds`; null is any. */
export const isOfKinds = (aggregate: string, kinds: string): string =>
  `(${kinds}::text[] IS NULL OR ${kindOf(aggregate)} = ANY (${kinds}))`;
