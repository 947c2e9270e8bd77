/** What becomes of a call when its handler returns or throws. Signs of life while it runs, then one reply. */
import type { RequestContext } from '@metalcast/contracts';
import { Fault } from '@metalcast/domain';
import type { Publication } from '../broker.js';
import type { RpcConnection } from '../connection.js';
import { RemoteError, failureToWire } from '../wire/failure.js';
import { replyBody } from '../wire/reply.js';
import type { Caller } from '../wire/caller.js';
import type { Request } from '../wire/request.js';

const replyTimeoutMs = 10_000;
/** The next sign of life follows soon. */
const signTimeoutMs = 1_000;
/** A timer cannot count months: it would fire at once, again and again. */
const longestTimeoutSeconds = 3600;
const shortestTimeoutSeconds = 0.1;

export interface Call {
  readonly request: Request;
  readonly caller: Caller;
  readonly topic: string;
  readonly ctx: RequestContext;
}

/** Runs `work` and sends its outcome to the caller. A call is never retried: its fault is the answer. */
export async function replyWithResultOrFault(
  conn: RpcConnection,
  call: Call,
  work: () => Promise<unknown>,
): Promise<void> {
  const heartbeat = startHeartbeat(conn, call);
  let body: string;
  try {
    body = replyBody(call.caller.messageId, { result: await work(), ending: true });
  } catch (error) {
    body = failureBody(call.caller, knownFailure(conn, call, error));
  } finally {
    clearInterval(heartbeat);
  }
  await send(conn, call.caller, fitting(conn, call, body), call.request.method);
}

/** Answers a call that is no request. */
export function refuse(conn: RpcConnection, caller: Caller, fault: Fault): Promise<void> {
  conn.logger.warn({ routingKey: caller.queue, err: fault }, 'a call that makes no sense');
  return send(conn, caller, failureBody(caller, fault), 'unknown');
}

const failureBody = ({ messageId }: Caller, fault: Fault | RemoteError): string =>
  replyBody(messageId, { failure: failureToWire(fault), ending: true });

/** The caller would not read a larger answer, and would wait in vain. */
function fitting(conn: RpcConnection, call: Call, body: string): string {
  const { topic, request, caller } = call;
  const bytes = Buffer.byteLength(body);
  const { maxMessageBytes: most } = conn;
  if (bytes <= most) return body;
  const reason = `The answer of ${topic}.${request.method} has ${bytes} bytes, more than ${most}.`;
  return failureBody(caller, new Fault('TOO_LARGE', { reason }));
}

/**
 * Never throws, because the work is done. A reply queue that does not exist, or takes nothing, must not keep the server
 * from other calls.
 */
async function send(
  conn: RpcConnection,
  caller: Caller,
  body: string,
  method: string,
): Promise<void> {
  const publication = replyOf(conn, caller, body);
  try {
    const message = { ...publication, once: true, timeoutMs: replyTimeoutMs };
    if ((await conn.broker.publish(message)) === 'confirmed') return;
  } catch (error) {
    conn.logger.debug({ method, err: error }, 'could not send a reply');
  }
  conn.lateReplies.send(publication, method);
}

function replyOf(
  { topology }: RpcConnection,
  { queue }: Caller,
  body: string,
): Omit<Publication, 'timeoutMs'> {
  const needs = topology.replyTo(queue);
  return { exchange: needs.exchange, routingKey: queue, body, mandatory: true, needs };
}

function startHeartbeat(conn: RpcConnection, call: Call): NodeJS.Timeout | undefined {
  const seconds = call.request._timeout;
  if (typeof seconds !== 'number') return undefined;
  return setInterval(
    () => {
      const body = replyBody(call.caller.messageId, { ending: false });
      conn.broker
        .publish({ ...replyOf(conn, call.caller, body), once: true, timeoutMs: signTimeoutMs })
        .catch((error: unknown) => {
          conn.logger.debug({ err: error }, 'could not send a sign of life');
        });
    },
    (Math.min(Math.max(seconds, shortestTimeoutSeconds), longestTimeoutSeconds) * 1000) / 2,
  );
}

/**
 * The failures that may be sent unchanged. Any other error is a bug: it is logged here, where it happened, and sent as
 * INTERNAL with the request's id.
 */
function knownFailure(
  conn: RpcConnection,
  { topic, request, ctx }: Call,
  error: unknown,
): Fault | RemoteError {
  if (error instanceof Fault || error instanceof RemoteError) return error;
  conn.logger.error({ topic, method: request.method, err: error }, 'a call failed unexpectedly');
  return new Fault('INTERNAL', { reference: ctx.requestId, service: topic });
}
