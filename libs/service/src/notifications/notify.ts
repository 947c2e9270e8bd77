import { integer, option, type ConfigOf } from '@metalcast/config';
import type { RequestContext } from '@metalcast/contracts';
import type { Outgoing } from '@metalcast/db';
import { notificationMessage, type Notification } from '@metalcast/rpc';
import { z } from 'zod';

/** Options of the services that publish OpenStack notifications. */
export const notificationOptions = {
  notificationFormat: option(
    z
      .enum(['none', 'unversioned', 'versioned', 'both'])
      .default('both')
      .describe('OpenStack notifications to publish (oslo: notification_format)'),
  ),
  notificationTtlMs: option(
    integer()
      // RabbitMQ and the outbox both store it in 32 bits.
      .refine((value) => value > 0 && value < 2 ** 31, 'must be above 0 and below 2^31 (24 days)')
      .default(259_200_000)
      .describe('How long a notification waits in its queue for a listener, ms'),
  ),
};

export type NotificationConfig = ConfigOf<typeof notificationOptions>;

/** What happened, in both of Nova's formats; a format is created only when it is published. */
interface Announcement {
  /** uuid of the instance: notifications of one instance keep their order. */
  readonly about: string;
  readonly priority: Notification['priority'];
  /** Default: now, by the clock of this process. */
  readonly at?: Date;
  readonly unversioned: () => Spoken;
  /** Absent: Nova has none. */
  readonly versioned?: () => Spoken;
}

type Spoken = Pick<Notification, 'publisherId' | 'eventType' | 'payload'>;

/** Queues the notification in the configured formats; it commits with the change that it announces. */
export function notify(
  out: Outgoing,
  { notificationFormat: format, notificationTtlMs }: NotificationConfig,
  { about, priority, at, unversioned, versioned }: Announcement,
  ctx: RequestContext,
): void {
  const formats = [
    { topic: 'notifications', name: 'unversioned', spoken: unversioned },
    { topic: 'versioned_notifications', name: 'versioned', spoken: versioned },
  ] as const;
  for (const { topic, name, spoken } of formats) {
    if (spoken !== undefined && (format === name || format === 'both')) {
      const { routingKey, body } = notificationMessage(
        { ...spoken(), topic, priority, ...(at === undefined ? {} : { at }) },
        ctx,
      );
      out.notify(about, { routingKey, body, expiresAfterMs: notificationTtlMs });
    }
  }
}
