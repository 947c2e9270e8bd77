import type { CloudEvent } from '@metalcast/contracts';
import type { RpcConnection } from '../connection.js';
import { eventExchange, followerQueue } from '../topology.js';
import { parseEvent, subscription, type Subscription } from './subscribe.js';

export interface FollowOptions {
  readonly bindings: readonly string[];
  /** Told each event once; a failure is logged and forgotten. */
  readonly handler: (event: CloudEvent) => void | Promise<void>;
  /** Each time that it begins to listen: events of before were missed, so look at the rows. */
  readonly onListening?: () => void;
}

/** Events from now on, while connected: for live views. Nothing is kept for it. */
export async function follow(
  conn: RpcConnection,
  { bindings, handler, onListening }: FollowOptions,
): Promise<Subscription> {
  const consumer = conn.broker.consume({
    exchanges: [eventExchange],
    queue: () => followerQueue(bindings),
    prefetch: 100,
    ...(onListening === undefined ? {} : { onConsuming: onListening }),
    onDelivery: async (delivery) => {
      try {
        await handler(parseEvent(delivery.content, conn.maxMessageBytes));
      } catch (error) {
        conn.logger.warn({ err: error }, 'a follower failed on an event');
      }
      delivery.ack();
    },
  });
  await consumer.ready();
  return subscription(consumer);
}
