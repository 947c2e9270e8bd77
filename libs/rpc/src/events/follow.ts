import type { CloudEvent } from '@metalcast/contracts';
import type { RpcConnection } from '../connection.js';
import { eventExchange } from '../topology.js';
import { parseEvent, subscription, type Subscription } from './subscribe.js';

export interface FollowOptions {
  readonly bindings: readonly string[];
  /** Called once for each event; a failure is logged and ignored. */
  readonly handler: (event: CloudEvent) => void | Promise<void>;
  /** Called each time that listening begins: earlier events were missed, so read the rows. */
  readonly onListening?: () => void;
}

/** As `openFollower`; settles when it consumes. */
export async function follow(conn: RpcConnection, options: FollowOptions): Promise<Subscription> {
  const opened = openFollower(conn, options);
  await opened.ready();
  return opened;
}

/** Delivers events from now on, while connected: for live views. No event is stored for it. */
export function openFollower(
  conn: RpcConnection,
  { bindings, handler, onListening }: FollowOptions,
): Subscription {
  const consumer = conn.broker.consume({
    exchanges: [eventExchange],
    queue: () => conn.topology.followerQueue(bindings),
    prefetch: 100,
    ...(onListening === undefined ? {} : { onConsuming: onListening }),
    onDelivery: async (delivery) => {
      try {
        await handler(parseEvent(delivery, conn));
      } catch (error) {
        conn.logger.warn({ err: error }, 'a follower failed on an event');
      }
      delivery.ack();
    },
  });
  return subscription(consumer);
}
