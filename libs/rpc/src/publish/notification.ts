import { randomUUID } from 'node:crypto';
import type { RequestContext } from '@metalcast/contracts';
import { newMessageId } from '@metalcast/domain';
import { contextToWire } from '../wire/context.js';
import { seal } from '../wire/envelope.js';
import type { OutgoingMessage } from './outgoing-message.js';

export type Priority = 'DEBUG' | 'INFO' | 'WARN' | 'ERROR' | 'CRITICAL';

export interface Notification {
  /** `compute.host1`; versioned ones spell it `nova-compute:host1`. */
  readonly publisherId: string;
  readonly eventType: string;
  readonly priority: Priority;
  readonly payload: Readonly<Record<string, unknown>>;
  /** `notifications`, or `versioned_notifications`. */
  readonly topic?: 'notifications' | 'versioned_notifications';
  readonly at?: Date;
}

/** An OpenStack notification in oslo.messaging's `messagingv2` form. */
export function notificationMessage(
  { publisherId, eventType, priority, payload, topic = 'notifications', at }: Notification,
  ctx: RequestContext,
): OutgoingMessage {
  return {
    kind: 'notification',
    routingKey: `${topic}.${priority.toLowerCase()}`,
    body: seal({
      message_id: randomUUID(),
      publisher_id: publisherId,
      event_type: eventType,
      priority,
      payload,
      timestamp: osloTime(at ?? new Date()),
      _unique_id: newMessageId(),
      ...contextToWire(ctx),
    }),
  };
}

/** `YYYY-MM-DD HH:MM:SS.ffffff`, UTC. */
function osloTime(at: Date): string {
  return at.toISOString().replace('T', ' ').replace('Z', '000');
}
