import type { RequestContext } from '@metalcast/contracts';
import type { Outgoing } from '@metalcast/db';
import type { WaitingBuild } from '@metalcast/db/scheduler';
import { vmState, type Fault } from '@metalcast/domain';
import { notify, type NotificationConfig } from '@metalcast/service';

export interface Refusal {
  readonly instance: WaitingBuild['instance'];
  readonly fault: Fault;
  readonly ctx: RequestContext;
}

/**
 * Queues the ERROR notification `scheduler.run_instance`, as the scheduler of 2013 did (spec 1.7). In today's Nova the
 * conductor sends it, so no versioned form exists.
 */
export function notifyRefusal(
  out: Outgoing,
  config: NotificationConfig & { readonly host: string },
  { instance, fault, ctx }: Refusal,
): void {
  const { uuid, projectId, availabilityZone, flavor, image } = instance;
  const properties = { uuid, project_id: projectId, availability_zone: availabilityZone };
  const unversioned = () => ({
    publisherId: `scheduler.${config.host}`,
    eventType: 'scheduler.run_instance',
    payload: {
      request_spec: {
        instance_uuids: [uuid],
        num_instances: 1,
        instance_type: flavor,
        image,
        instance_properties: properties,
      },
      instance_properties: properties,
      instance_id: uuid,
      state: vmState.error,
      method: 'run_instance',
      reason: fault.message,
    },
  });
  notify(out, config, { about: uuid, priority: 'ERROR', unversioned }, ctx);
}
