import { Fault } from '@metalcast/domain';
import type { RpcConnection } from '../connection.js';
import { deadLetterName, deadLetters } from '../topology.js';
import { bodyFacts, keptBody } from './kept-body.js';

const publishTimeoutMs = 5_000;
const longestReason = 500;

export const isTooLarge = (error: unknown): error is Fault =>
  error instanceof Fault && error.code === 'TOO_LARGE';

export interface DeadMessage {
  readonly content: Uint8Array;
  readonly routingKey: string;
}

/**
 * Stores a message that cannot be processed, for people: with its reason, size and digest, without values that look
 * secret. Only the broker can make it fail, whatever the message contains: it rejects when the message is not stored.
 */
export async function deadLetter(
  conn: RpcConnection,
  of: string,
  { content, routingKey }: DeadMessage,
  reason: string,
): Promise<void> {
  const name = deadLetterName(of);
  const facts = bodyFacts(content);
  const briefly = reason.slice(0, longestReason);
  const letter = {
    exchange: name,
    routingKey: name,
    body: keptBody(content, facts, conn.maxMessageBytes),
    headers: {
      'metalcast-reason': briefly,
      'metalcast-routing-key': routingKey,
      'metalcast-at': new Date().toISOString(),
      'metalcast-bytes': facts.bytes,
      'metalcast-sha256': facts.sha256,
    },
    mandatory: true,
    needs: deadLetters(of),
    timeoutMs: publishTimeoutMs,
  };
  try {
    await conn.broker.publish(letter);
  } catch (error) {
    // The broker's own limit is lower than configured: only the facts are stored.
    if (!isTooLarge(error)) throw error;
    await conn.broker.publish({ ...letter, body: keptBody(content, facts, 0) });
  }
  conn.logger.error({ queue: name, reason: briefly }, 'dead-lettered a message');
}
