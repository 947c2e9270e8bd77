/** What becomes of a delivery: acknowledged once its effect is committed, else delayed or buried first. */
import { Fault } from '@metalcast/domain';
import type { Delivery } from '../broker.js';
import type { RpcConnection } from '../connection.js';
import { pause } from '../deadline.js';
import { delay } from '../topology.js';
import { BadMessage } from '../wire/envelope.js';
import { RemoteError } from '../wire/failure.js';
import { bury } from './dead-letters.js';

export interface RetryPolicy {
  /** Pause before each further try; the last one repeats. */
  readonly delaysMs: readonly number[];
  /** Tries in all, after which a message is dead. */
  readonly tries: number;
}

/** About half an hour, mostly for a database that is away. */
export const defaultRetry: RetryPolicy = { delaysMs: [1_000, 5_000, 30_000, 300_000], tries: 10 };

export interface Source {
  readonly queue: string;
  /** Its dead letters are `<deadLettersOf>.dead`. */
  readonly deadLettersOf: string;
  /** Undefined for a queue that may vanish: what waited for it in a delay queue would stay there for ever. */
  readonly retry: RetryPolicy | undefined;
}

const triesHeader = 'metalcast-tries';
const publishTimeoutMs = 5_000;
/** So often delivered and never acknowledged (counted by quorum queues): it takes its consumers with it. */
const mostDeliveries = 20;
const requeuePauseMs = 1_000;

/** Runs `work` and settles the delivery by its outcome. Never rejects. True when the work was done. */
export async function settle(
  conn: RpcConnection,
  source: Source,
  delivery: Delivery,
  work: () => Promise<void>,
): Promise<boolean> {
  try {
    const poison = deliveries(delivery) > mostDeliveries;
    if (poison) throw new BadMessage(`delivered ${mostDeliveries} times, never acknowledged`);
    await work();
    delivery.ack();
    return true;
  } catch (error) {
    await putAside(conn, source, delivery, error);
    return false;
  }
}

async function putAside(
  conn: RpcConnection,
  source: Source,
  delivery: Delivery,
  error: unknown,
): Promise<void> {
  const { queue, deadLettersOf } = source;
  const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  try {
    const pauseMs = nextPause(source.retry, delivery, error);
    if (pauseMs === undefined) {
      await bury(conn, deadLettersOf, { body: delivery.body, routingKey: queue }, reason);
    } else {
      conn.logger.warn({ queue, pauseMs, err: error }, 'a message failed, will be tried again');
      await postpone(conn, queue, delivery, pauseMs);
    }
    delivery.ack();
  } catch (stuck) {
    conn.logger.error({ queue, reason, err: stuck }, 'cannot put a message aside');
    // It comes back at once; the pause keeps a broker that refuses from being asked without end.
    await pause(requeuePauseMs);
    delivery.requeue();
  }
}

async function postpone(
  conn: RpcConnection,
  queue: string,
  delivery: Delivery,
  pauseMs: number,
): Promise<void> {
  const held = delay(pauseMs);
  await conn.broker.publish({
    exchange: held.exchange,
    // The delay queue hands it to the queue of this name.
    routingKey: queue,
    body: delivery.body,
    headers: { [triesHeader]: triesOf(delivery) + 1 },
    mandatory: true,
    needs: held,
    timeoutMs: publishTimeoutMs,
  });
}

/** Undefined when no further try makes sense. */
function nextPause(
  retry: RetryPolicy | undefined,
  delivery: Delivery,
  error: unknown,
): number | undefined {
  const tries = triesOf(delivery);
  if (retry === undefined || isPermanent(error) || tries + 1 >= retry.tries) return undefined;
  return retry.delaysMs[Math.min(tries, retry.delaysMs.length - 1)];
}

function isPermanent(error: unknown): boolean {
  if (error instanceof Fault) return error.retryable !== 'same-node';
  return error instanceof BadMessage || error instanceof RemoteError;
}

const triesOf = ({ headers }: Delivery): number => Number(headers[triesHeader] ?? 0);

const deliveries = ({ headers }: Delivery): number => Number(headers['x-delivery-count'] ?? 0);
