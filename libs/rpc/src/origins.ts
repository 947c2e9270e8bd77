/**
 * Which exchanges a message may have been published to. The broker names in each delivery the exchange to which the
 * message was published first, whatever led it on from there. So a message by an intruder's own exchange is found out.
 */
import { serviceNames, messagesOfService } from '@metalcast/domain';
import {
  castsName,
  directExchange,
  eventExchange,
  eventsOf,
  retryExchange,
  topicsSentTo,
  type RpcTopology,
} from './topology.js';

/** No service may publish to these: only foreign peers, an operator, or one user for all. */
const ofOthers = [directExchange];
/** Only its own pauses: another service may bind the exchange after its pauses to what it sends by. */
const afterPauses = ({ service }: RpcTopology): string[] => [
  retryExchange().name,
  retryExchange(service).name,
];

/** Whether a cast or a call to `topic` may have been published to `exchange`, when `at` consumes it. */
export function isCastOrigin(exchange: string, topic: string, at: RpcTopology): boolean {
  if ([at.control.name, ...ofOthers, ...afterPauses(at)].includes(exchange)) return true;
  return serviceNames.some(
    (service) => castsName(service) === exchange && topicsSentTo(service).includes(topic),
  );
}

/** Whether an event of `type` may have been published to `exchange`; `paused`: whose pause it may come back from. */
export function isEventOrigin(exchange: string, type: string, paused?: RpcTopology): boolean {
  const back = paused === undefined ? [] : afterPauses(paused);
  if ([eventExchange.name, ...ofOthers, ...back].includes(exchange)) return true;
  return serviceNames.some(
    (service) =>
      eventsOf(service).name === exchange && messagesOfService(service).publishes.includes(type),
  );
}
