import { Fault, newMessageId } from '@metalcast/domain';
import { within } from '@metalcast/work';
import type { RpcConnection } from '../connection.js';
import { fanoutExchange, routingKey } from '../topology.js';
import { requestBody, type RequestParts } from '../wire/request.js';
import { sendUntilTaken } from './send.js';

export interface Destination {
  readonly topic: string;
  /** Send to this host's queue instead of any worker's. */
  readonly host?: string | undefined;
}

export interface Timing {
  readonly timeoutMs: number;
  /**
   * Requests signs of life at least this often, and gives up when they stop. Servers on oslo.messaging need whole
   * seconds, at least 2.
   */
  readonly monitorMs?: number | undefined;
}

/** Sends the request and waits for the answer. Faults: RPC_TIMEOUT; what the server threw (Fault, RemoteError). */
export async function callMethod(
  conn: RpcConnection,
  { topic, host }: Destination,
  request: RequestParts,
  { timeoutMs, monitorMs }: Timing,
): Promise<unknown> {
  const { replies } = conn;
  const late = (ms = timeoutMs) =>
    new Fault('RPC_TIMEOUT', { topic, method: request.method, timeoutMs: Math.round(ms) });
  const started = performance.now();
  await within(replies.ready(), timeoutMs, late);
  // At least a moment, because a message's expiry must not be negative.
  const leftMs = Math.max(1, timeoutMs - (performance.now() - started));
  const messageId = newMessageId();
  const monitorSeconds = monitorMs === undefined ? null : monitorMs / 1000;
  const replyTo = { messageId, replyQueue: replies.queueName, monitorSeconds };
  const body = fitting(conn, request, requestBody(request, replyTo));
  const answer = replies.expect(messageId, {
    timeoutMs: leftMs,
    monitorMs,
    late: (ms) => late(ms === monitorMs ? ms : timeoutMs),
  });
  const message = {
    exchange: conn.topology.casts.name,
    needs: conn.topology.toControl,
    routingKey: routingKey(topic, host),
    body,
    expirationMs: leftMs,
  };
  // When no queue takes the request, or the broker is down, the call ends by its own time limit.
  sendUntilTaken(conn, message, leftMs).catch((error: unknown) => {
    conn.logger.debug({ topic, method: request.method, err: error }, 'could not send a call');
  });
  return answer;
}

/** Hands the request to a queue and does not wait for its effect. Fault UNAVAILABLE when no queue takes it in time. */
export async function castMethod(
  conn: RpcConnection,
  { topic, host }: Destination,
  request: RequestParts,
  { timeoutMs }: Timing,
): Promise<void> {
  const message = {
    exchange: conn.topology.casts.name,
    needs: conn.topology.toControl,
    routingKey: routingKey(topic, host),
    body: fitting(conn, request, requestBody(request)),
  };
  await sendUntilTaken(conn, message, timeoutMs);
}

/** Sends to every server of the topic that is present; there may be none. */
export async function fanoutMethod(
  conn: RpcConnection,
  { topic }: Destination,
  request: RequestParts,
  { timeoutMs }: Timing,
): Promise<void> {
  const exchange = fanoutExchange(topic);
  await conn.broker.publish({
    exchange: exchange.name,
    routingKey: '',
    body: fitting(conn, request, requestBody(request)),
    mandatory: false,
    needs: { exchanges: [exchange], queues: [] },
    timeoutMs,
  });
}

/** A larger message would not be read. Fault TOO_LARGE. */
function fitting(conn: RpcConnection, { method }: RequestParts, body: string): string {
  const bytes = Buffer.byteLength(body);
  const { maxMessageBytes: most } = conn;
  if (bytes <= most) return body;
  throw new Fault('TOO_LARGE', {
    reason: `A request ${method} has ${bytes} bytes, more than the ${most} of a message.`,
  });
}
