import { cloudEvent, type CloudEvent, type RequestContext } from '@metalcast/contracts';
import { isStorable, newRequestId } from '@metalcast/domain';
import type { Consumer, Delivery } from '../broker.js';
import type { RpcConnection } from '../connection.js';
import { SeenIds } from '../consume/duplicates.js';
import { ackRetryOrDeadLetter, type Source } from '../consume/ack-retry-or-dead-letter.js';
import { defaultRetry, type RetryPolicy } from '../consume/retry-policy.js';
import { isEventOrigin } from '../origins.js';
import { eventExchange } from '../topology.js';
import { BadMessage, unstorable } from '../wire/bad-message.js';
import { readJson, readText } from '../wire/json.js';
import { problems } from '../wire/request.js';

export interface SubscribeOptions {
  /** Durable; subscribers that name the same queue share its events. */
  readonly queue: string;
  /** Types of events, with `*` for one word and `#` for any. */
  readonly bindings: readonly string[];
  /** Bindings of earlier releases that must be removed. */
  readonly formerBindings?: readonly string[];
  /**
   * The effect must be committed when it resolves. It may run again for the same event: must be idempotent. Throws as a
   * cast's handler does.
   */
  readonly handler: (event: CloudEvent, ctx: RequestContext) => Promise<void>;
  readonly prefetch?: number;
  readonly retry?: RetryPolicy;
}

export interface Subscription {
  /** Settles when it consumes for the first time. Waits for the broker without limit; rejects when closed before. */
  ready(): Promise<void>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  close(drainMs?: number): Promise<void>;
}

const defaultPrefetch = 16;
const defaultDrainMs = 30_000;

/** As `openSubscription`; settles when it consumes. */
export async function subscribe(
  conn: RpcConnection,
  options: SubscribeOptions,
): Promise<Subscription> {
  const opened = openSubscription(conn, options);
  await opened.ready();
  return opened;
}

/** Calls `handler` for each event and acknowledges the event after it; retries and dead letters as for casts. */
export function openSubscription(
  conn: RpcConnection,
  {
    queue,
    bindings,
    formerBindings,
    handler,
    prefetch = defaultPrefetch,
    retry = defaultRetry,
  }: SubscribeOptions,
): Subscription {
  const seen = new SeenIds();
  const declared = conn.topology.eventQueue(queue, bindings, formerBindings);
  const source: Source = { queue, deadLettersOf: queue, retry };
  const onDelivery = async (delivery: Delivery) => {
    let id: string | undefined;
    const done = await ackRetryOrDeadLetter(conn, source, delivery, async () => {
      const event = parseEvent(delivery, conn, queue);
      id = event.id;
      if (seen.has(event.id)) return;
      const ctx = contextOf(event);
      await conn.runInContext(ctx, () => handler(event, ctx));
    });
    if (done && id !== undefined) seen.add(id);
  };
  const consumer = conn.broker.consume({
    exchanges: [eventExchange, ...conn.topology.afterPause],
    queue: () => declared,
    prefetch,
    onDelivery,
  });
  return subscription(consumer);
}

export function subscription(consumer: Consumer): Subscription {
  return {
    ready: () => consumer.ready(),
    pause: () => consumer.pause(),
    resume: () => consumer.resume(),
    close: (drainMs = defaultDrainMs) => consumer.close(drainMs),
  };
}

/**
 * The broker takes from each service its own events alone, by the routing key and at the service's own exchange: so one
 * whose type is another, or another service's, is not believed, by whatever way it came. One that comes back to `queue`
 * from a pause was looked at before. Throws BadMessage.
 */
export function parseEvent(
  { content, exchange, routingKey }: Pick<Delivery, 'content' | 'exchange' | 'routingKey'>,
  { maxMessageBytes, topology }: Pick<RpcConnection, 'maxMessageBytes' | 'topology'>,
  queue?: string,
): CloudEvent {
  const event = cloudEvent.safeParse(readJson(readText(content, maxMessageBytes)));
  if (!event.success) throw new BadMessage(`not a CloudEvent: ${problems(event.error)}`);
  if (!isStorable(event.data)) throw new BadMessage(unstorable);
  const { type } = event.data;
  if (routingKey !== type && routingKey !== queue) {
    throw new BadMessage(`an event of type ${type} published as ${routingKey}`);
  }
  if (!isEventOrigin(exchange, type, routingKey === queue ? topology : undefined)) {
    throw new BadMessage(`an event of type ${type} published to ${exchange}`);
  }
  return event.data;
}

export function contextOf(event: CloudEvent): RequestContext {
  return { requestId: event.requestid ?? newRequestId(), messageId: event.id };
}
