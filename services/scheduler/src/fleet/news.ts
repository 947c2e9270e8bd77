import { events, type CloudEvent } from '@metalcast/contracts';
import type { Fleet } from './fleet.js';

/**
 * Whether the event tells of a change that must be seen at once. A node that has the server already which the event
 * names (claimed by this process, or read since) can be claimed no more before as after: its states until then are seen
 * by the regular look.
 */
export function isNews(fleet: Fleet, { type, subject, data }: CloudEvent): boolean {
  if (type !== events.nodeState.type) {
    return true;
  }
  const state = events.nodeState.data.safeParse(data).data;
  const server = state?.instance_uuid ?? null;
  return server === null || fleet.find(subject)?.instanceUuid !== server;
}
