import { events, type CloudEvent } from '@metalcast/contracts';
import type { Fleet } from './fleet.js';

/**
 * Whether the event needs a refresh at once. Later states of a node whose server the fleet already knows do not: such a
 * node cannot be claimed before or after the event, and the periodic refresh reads its state.
 */
export function isRelevantEvent(fleet: Fleet, { type, subject, data }: CloudEvent): boolean {
  if (type !== events.nodeState.type) {
    return true;
  }
  const state = events.nodeState.data.safeParse(data).data;
  const server = state?.instance_uuid ?? null;
  return server === null || fleet.find(subject)?.instanceUuid !== server;
}
