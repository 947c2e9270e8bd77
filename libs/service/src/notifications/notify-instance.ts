import type { RequestContext } from '@metalcast/contracts';
import type { Outgoing, Queries } from '@metalcast/db';
import type { NotifiedColumns } from '@metalcast/db/notifications';
import type { FaultRecord } from '@metalcast/domain';
import { readNotified } from './notified-instance.js';
import { notify, type NotificationConfig } from './notify.js';
import { creation, exception, unversionedPayload } from './unversioned.js';
import { actionPayload, createPayload } from './versioned.js';

/** Nova's names of an instance's actions (spec 1.7): `create.start`. */
export type InstanceAction = `${string}.${'start' | 'end' | 'error'}`;

/** The notification's transaction and sender. */
interface Speaker {
  readonly sql: Queries;
  readonly out: Outgoing;
  readonly config: NotificationConfig & { readonly host: string };
  readonly request: RequestContext;
  /** The database's clock. */
  readonly now: Date;
}

interface NotifyOptions {
  /** The extra text of a create.* notification. */
  readonly message?: string;
  readonly fault?: FaultRecord;
  /** The sender of a versioned notification. */
  readonly binary?: 'nova-compute' | 'nova-api';
}

/**
 * Queues an OpenStack notification about the instance as given, in the configured formats. It commits with the
 * transaction, so that it is sent once, and in the order of the instance's changes.
 */
export async function notifyInstance(
  { sql, out, config, request, now }: Speaker,
  instance: NotifiedColumns,
  action: InstanceAction,
  { message = '', fault, binary = 'nova-compute' }: NotifyOptions = {},
): Promise<void> {
  if (config.notificationFormat === 'none') {
    return;
  }
  const notified = await readNotified(sql, instance);
  const isCreation = action.startsWith('create.');
  notify(
    out,
    config,
    {
      about: instance.uuid,
      priority: action.endsWith('.error') ? 'ERROR' : 'INFO',
      at: now,
      unversioned: () => ({
        publisherId: `compute.${config.host}`,
        eventType: `compute.instance.${action}`,
        payload: {
          ...unversionedPayload(notified),
          ...(isCreation ? creation(notified, fault?.message ?? message) : {}),
          ...(fault === undefined ? {} : exception(fault)),
        },
      }),
      versioned: () => ({
        publisherId: `${binary}:${config.host}`,
        eventType: `instance.${action}`,
        payload: (isCreation ? createPayload : actionPayload)(notified, request, fault),
      }),
    },
    request,
  );
}
