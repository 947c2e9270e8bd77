import type { Instance } from '@metalcast/db';
import type { FaultRecord } from '@metalcast/domain';
import { notify } from '@metalcast/service';
import type { Turn } from '../engine/step.js';
import { readNotified } from './notified-instance.js';
import { creation, exception, unversionedPayload } from './unversioned.js';
import { actionPayload, createPayload } from './versioned.js';

/** Nova's names for what befalls an instance (spec 1.7). */
export type InstanceAction =
  | 'create.start'
  | 'create.end'
  | 'create.error'
  | 'delete.start'
  | 'delete.end'
  | 'shutdown.start'
  | 'shutdown.end';

export interface NotifyOptions {
  /** What a create.* says beside. */
  readonly message?: string;
  readonly fault?: FaultRecord;
  /** What the instance is shown to be at this moment, where its row says more already. */
  readonly as?: Partial<Instance>;
}

/**
 * Queues an OpenStack notification about the turn's instance, in the formats that the configuration asks for. It commits with the
 * turn, so it goes out once, and in the order of the turns.
 */
export async function notifyInstance(
  turn: Turn,
  action: InstanceAction,
  { message = '', fault, as = {} }: NotifyOptions = {},
): Promise<void> {
  const { config, out, request, now } = turn;
  if (config.notificationFormat === 'none') {
    return;
  }
  const notified = await readNotified(turn, as);
  const isCreation = action.startsWith('create.');
  notify(
    out,
    config,
    {
      about: notified.instance.uuid,
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
        publisherId: `nova-compute:${config.host}`,
        eventType: `instance.${action}`,
        payload: (isCreation ? createPayload : actionPayload)(notified, request, fault),
      }),
    },
    request,
  );
}
