import type { z } from 'zod';
import { instanceEvents } from './instance.js';
import { nodeEvents } from './node.js';

/** Every event that Metalcast publishes. */
export const events = { ...nodeEvents, ...instanceEvents };

export type EventName = keyof typeof events;
export type EventData<N extends EventName> = z.input<(typeof events)[N]['data']>;

export { cloudEvent, faultRecord, type CloudEvent, type EventType } from './event.js';
export { instanceEvents } from './instance.js';
export { nodeEvents } from './node.js';
