/**
 * Which exchanges a message may have been published to. The broker names in each delivery the exchange to which the
 * message was published first, whatever led it on from there: so what came by an exchange of an intruder's own is known.
 */
import { serviceNames, speechOf } from '@metalcast/domain';
import {
  castsName,
  directExchange,
  eventExchange,
  eventsOf,
  retryExchange,
  topicsSentTo,
} from './topology.js';

/** No service may publish to these: only foreign peers, an operator, or one user for all. */
const ofOthers = [directExchange];
/** What each service pauses comes back to that service alone. */
const afterPauses = [undefined, ...serviceNames].map((service) => retryExchange(service).name);

/** Whether a cast or a call to `topic` may have been published to `exchange`. */
export function isCastOrigin(exchange: string, topic: string, control: string): boolean {
  if ([control, ...ofOthers, ...afterPauses].includes(exchange)) return true;
  return serviceNames.some(
    (service) => castsName(service) === exchange && topicsSentTo(service).includes(topic),
  );
}

/** Whether an event of `type` may have been published to `exchange`. */
export function isEventOrigin(exchange: string, type: string): boolean {
  if ([eventExchange.name, ...ofOthers, ...afterPauses].includes(exchange)) return true;
  return serviceNames.some(
    (service) => eventsOf(service).name === exchange && speechOf(service).publishes.includes(type),
  );
}
