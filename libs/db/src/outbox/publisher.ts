import { within } from '@metalcast/work';
import type { OutgoingMessage } from './outbox.js';

/** What the relay needs of a broker. Implemented by the rpc library. */
export interface Publisher {
  /**
   * `confirmed`: the broker has it. `returned`: it could not be routed to any queue (only casts;
   * an event that nobody subscribes to is confirmed). Rejects when the broker did not take it; never hangs.
   */
  publish(message: OutgoingMessage): Promise<'confirmed' | 'returned'>;
  /** Keeps a message that nobody took, with the reason, for an operator. */
  deadLetter(message: OutgoingMessage, reason: string): Promise<void>;
}

/** A message with its place in its stream, and until when it is wanted, on this process's monotonic clock. */
export interface WaitingMessage {
  readonly ordinal: number;
  readonly message: Omit<OutgoingMessage, 'expiresInMs'>;
  readonly expiresAt: number | undefined;
}

/** Longer than a publisher takes to say that the broker does not answer, its dead letter included. */
const publishLimitMs = 15_000;

/**
 * Publishes one message. False when it must be tried again; rejects when the broker did not take it. A notification
 * that waited too long is dropped, as its queue would have done.
 */
export async function publishMessage(
  publisher: Publisher,
  { message, expiresAt }: WaitingMessage,
): Promise<boolean> {
  const leftMs = expiresAt === undefined ? undefined : Math.round(expiresAt - performance.now());
  const expired = leftMs !== undefined && leftMs <= 0;
  if (message.kind === 'notification' && expired) {
    return true;
  }
  const outgoing = { ...message, ...(leftMs === undefined ? {} : { expiresInMs: leftMs }) };
  const outcome = await inTime(publisher.publish(outgoing));
  if (outcome === 'confirmed' || message.kind !== 'cast') {
    return true;
  }
  if (expired) {
    await inTime(publisher.deadLetter(outgoing, 'no queue took it before it expired'));
  }
  return expired;
}

function inTime<T>(work: Promise<T>): Promise<T> {
  const late = `the broker has not answered within ${publishLimitMs} ms`;
  return within(work, publishLimitMs, () => new Error(late));
}
