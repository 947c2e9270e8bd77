/** What becomes of a message when its handler returns or throws: acknowledged, tried again later, or dead-lettered. */
import { Fault } from '@metalcast/domain';
import { pause } from '@metalcast/work';
import type { Delivery } from '../broker.js';
import type { RpcConnection } from '../connection.js';
import { BadMessage } from '../wire/bad-message.js';
import { RemoteError } from '../wire/failure.js';
import { deliveriesOf, hasReadableHeaders, triesOf, withTries } from './counts.js';
import { deadLetter } from './dead-letters.js';
import { bodyFacts } from './kept-body.js';
import { reasonOf } from './reason.js';
import { restMs } from './stuck.js';
import type { RetryPolicy } from './retry-policy.js';

export interface Source {
  readonly queue: string;
  /** The queue for its dead letters is `<deadLettersOf>.dead`. */
  readonly deadLettersOf: string;
  /** Undefined for a queue that may vanish: a message that waits for it in a delay queue would stay there for ever. */
  readonly retry: RetryPolicy | undefined;
}

const publishTimeoutMs = 5_000;
/** A message that was delivered so often and never acknowledged (counted by quorum queues) kills its consumers. */
const mostDeliveries = 20;

/** Runs `work` and settles the delivery by its outcome. Never rejects. True when the work succeeded. */
export async function ackRetryOrDeadLetter(
  conn: RpcConnection,
  source: Source,
  delivery: Delivery,
  work: () => Promise<void>,
): Promise<boolean> {
  try {
    checkDelivery(delivery);
    await work();
    delivery.ack();
    return true;
  } catch (error) {
    await retryOrDeadLetter(conn, source, delivery, error);
    return false;
  }
}

/** Throws BadMessage. */
function checkDelivery(delivery: Delivery): void {
  if (!hasReadableHeaders(delivery)) throw new BadMessage('headers that cannot be read');
  if (deliveriesOf(delivery) > mostDeliveries) {
    throw new BadMessage(`delivered ${mostDeliveries} times, never acknowledged`);
  }
}

async function retryOrDeadLetter(
  conn: RpcConnection,
  source: Source,
  delivery: Delivery,
  error: unknown,
): Promise<void> {
  const { queue, deadLettersOf } = source;
  const { content } = delivery;
  try {
    const pauseMs = nextPause(conn, source.retry, delivery, error);
    if (pauseMs === undefined) {
      await deadLetter(conn, deadLettersOf, { content, routingKey: queue }, reasonOf(error));
    } else {
      conn.logger.warn({ queue, pauseMs, err: error }, 'a message failed, will be retried');
      await postpone(conn, queue, delivery, pauseMs);
    }
    if (conn.stuck.any) conn.stuck.forget(bodyFacts(content).sha256);
    delivery.ack();
  } catch (refused) {
    await giveBack(conn, source, delivery, { error, refused });
  }
}

/**
 * The last resort: the message is paused, longer each time, and redelivered. After more than 20 deliveries it is
 * dropped, unless the broker takes no message at all at the moment.
 */
async function giveBack(
  conn: RpcConnection,
  { queue }: Source,
  delivery: Delivery,
  { error, refused }: { readonly error: unknown; readonly refused: unknown },
): Promise<void> {
  const facts = bodyFacts(delivery.content);
  const failures = conn.stuck.failed(facts.sha256);
  const told = { queue, reason: reasonOf(error).slice(0, 500), ...facts, err: refused };
  const hopeless = Math.max(failures, deliveriesOf(delivery)) > mostDeliveries;
  if (hopeless && conn.connected) {
    conn.stuck.forget(facts.sha256);
    conn.logger.error(told, 'dropped a message that can neither be processed nor dead-lettered');
    delivery.ack();
    return;
  }
  conn.logger.error(told, 'cannot dead-letter a message');
  await pause(restMs(failures));
  delivery.requeue();
}

async function postpone(
  conn: RpcConnection,
  queue: string,
  delivery: Delivery,
  pauseMs: number,
): Promise<void> {
  const held = conn.topology.delay(pauseMs);
  await conn.broker.publish({
    exchange: held.exchange,
    // After the delay the message goes to the queue of this name.
    routingKey: queue,
    body: delivery.content,
    headers: withTries(triesOf(delivery) + 1),
    mandatory: true,
    needs: held,
    timeoutMs: publishTimeoutMs,
  });
}

/** Undefined when a further try is useless. */
function nextPause(
  conn: RpcConnection,
  retry: RetryPolicy | undefined,
  delivery: Delivery,
  error: unknown,
): number | undefined {
  const tries = triesOf(delivery);
  if (retry === undefined || isPermanent(conn, error) || tries + 1 >= retry.tries) return undefined;
  return retry.delaysMs[Math.min(tries, retry.delaysMs.length - 1)];
}

function isPermanent(conn: RpcConnection, error: unknown): boolean {
  // A fault is retried only where the same request may succeed later.
  if (error instanceof Fault) return error.retryable !== 'same-node';
  return error instanceof BadMessage || error instanceof RemoteError || conn.isPermanent(error);
}
