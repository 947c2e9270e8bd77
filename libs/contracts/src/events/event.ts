import { z } from 'zod';
import { int4 } from '../integers.js';

/** A fact that was committed; CloudEvents 1.0 JSON on exchange `metalcast.events`, routing key = type. */
export interface EventType<D extends z.ZodType = z.ZodType> {
  readonly type: string;
  readonly description: string;
  readonly data: D;
}

export function defineEvents<const E extends Readonly<Record<string, EventType>>>(events: E): E {
  return events;
}

export const faultRecord = z.object({
  code: z.string(),
  message: z.string(),
  details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  phase: z.string().optional(),
  evidence: z.array(z.string()).readonly().optional(),
  retryable: z.enum(['same-node', 'other-node', 'no']),
});

/** Limited, because attributes are stored and logged; a type is a routing key, and AMQP limits its length. */
const attribute = z.string().max(255);

/** CloudEvents 1.0 in structured JSON, with our extension attributes (all lower case, as the spec asks). */
export const cloudEvent = z.looseObject({
  specversion: z.literal('1.0'),
  id: attribute,
  source: attribute,
  type: attribute,
  /** uuid of the node, instance, aggregate or network. */
  subject: z.uuid(),
  time: attribute,
  datacontenttype: z.literal('application/json'),
  /**
   * Number of the event among all events about its subject, in the order of their commits: 1, 2, 3, … without gaps. A
   * repeated event has the same number. Events of two services may arrive out of this order.
   */
  sequence: attribute,
  epoch: int4.optional(),
  requestid: attribute.optional(),
  data: z.unknown(),
});
export type CloudEvent = z.output<typeof cloudEvent>;
