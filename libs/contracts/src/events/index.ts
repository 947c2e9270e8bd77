import type { z } from 'zod';
import { aggregateEvents } from './aggregate.js';
import { instanceEvents } from './instance.js';
import { networkEvents } from './network.js';
import { nodeEvents } from './node.js';

/** Every event that Metalcast publishes. */
export const events = { ...nodeEvents, ...instanceEvents, ...aggregateEvents, ...networkEvents };

export type EventName = keyof typeof events;
export type EventData<N extends EventName> = z.input<(typeof events)[N]['data']>;

interface EventContext {
  /** uuid of the node, instance, aggregate or network that it is about. */
  readonly subject: string;
  readonly epoch?: number | undefined;
  readonly requestId?: string | undefined;
}

/** Makes an event for the outbox; throws when the data violates the published schema. */
export function eventOf<N extends EventName>(
  name: N,
  context: EventContext,
  data: EventData<N>,
): EventContext & { type: string; data: object } {
  const { type, data: schema } = events[name];
  return { ...context, type, data: schema.parse(data) };
}

export { cloudEvent, faultRecord, type CloudEvent, type EventType } from './event.js';
export { instanceEvents } from './instance.js';
export { nodeEvents } from './node.js';
