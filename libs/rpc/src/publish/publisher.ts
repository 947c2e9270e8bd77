import type { Outcome, Publication } from '../broker.js';
import type { RpcConnection } from '../connection.js';
import { deadLetter, isTooLarge } from '../consume/dead-letters.js';
import { eventExchange, topicOf, unsentBy } from '../topology.js';
import type { OutgoingMessage } from './outgoing-message.js';

/** The broker as an outbox relay needs it. */
export interface Publisher {
  /**
   * `returned`: a cast that no queue takes (yet). An event without subscribers is confirmed.
   * Rejects when the broker did not confirm in time: the broker may have the message all the same, so it may be
   * published twice.
   */
  readonly publish: (message: OutgoingMessage) => Promise<Outcome>;
  /** Stores a message that could not be delivered, with the reason, for people. Rejects when it is not stored. */
  readonly deadLetter: (message: OutgoingMessage, reason: string) => Promise<void>;
}

export interface PublisherOptions {
  readonly timeoutMs?: number;
}

export function publisher(
  conn: RpcConnection,
  { timeoutMs = 5_000 }: PublisherOptions = {},
): Publisher {
  return {
    publish: async (message) => {
      const { routingKey, body } = message;
      const bytes = Buffer.byteLength(body);
      if (bytes > conn.maxMessageBytes) {
        // The message can never be sent, and later messages must not wait for ever.
        await keepUndeliverable(conn, message, `${bytes} bytes, more than ${conn.maxMessageBytes}`);
        return 'confirmed';
      }
      try {
        return await conn.broker.publish({
          ...way(conn, message),
          routingKey,
          body,
          timeoutMs,
        });
      } catch (error) {
        // The broker's own limit is lower than configured.
        if (!isTooLarge(error)) throw error;
        await keepUndeliverable(conn, message, error.message);
        return 'confirmed';
      }
    },
    deadLetter: (message, reason) => keepUndeliverable(conn, message, reason),
  };
}

function keepUndeliverable(
  conn: RpcConnection,
  { kind, routingKey, body }: OutgoingMessage,
  reason: string,
): Promise<void> {
  const { service } = conn.topology;
  const common = kind === 'cast' ? topicOf(routingKey) : eventExchange.name;
  const of = service === undefined ? common : unsentBy(service);
  return deadLetter(conn, of, { content: Buffer.from(body), routingKey }, reason);
}

type Way = Pick<Publication, 'exchange' | 'mandatory' | 'needs' | 'contentType' | 'expirationMs'>;

function way({ topology }: RpcConnection, { kind, routingKey, expiresInMs }: OutgoingMessage): Way {
  const { casts, events } = topology;
  switch (kind) {
    case 'cast':
      return { exchange: casts.name, mandatory: true, needs: topology.toControl };
    case 'event':
      return {
        exchange: events.name,
        mandatory: false,
        contentType: 'application/cloudevents+json',
      };
    case 'notification':
      return {
        exchange: casts.name,
        mandatory: true,
        needs: topology.notifications(routingKey),
        ...(expiresInMs === undefined ? {} : { expirationMs: Math.max(expiresInMs, 1) }),
      };
  }
}
