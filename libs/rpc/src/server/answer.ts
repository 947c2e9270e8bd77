/** The server's side of a call: signs of life while it runs, then one reply. */
import type { RequestContext } from '@metalcast/contracts';
import { Fault } from '@metalcast/domain';
import type { RpcConnection } from '../connection.js';
import { pause } from '../deadline.js';
import { directExchange } from '../topology.js';
import { RemoteError, failureToWire } from '../wire/failure.js';
import { replyBody } from '../wire/reply.js';
import type { Request } from '../wire/request.js';

/** A caller that lost its connection makes its reply queue again in this time, or has given up. */
const replyTimeoutMs = 10_000;
const replyPauseMs = 250;
/** No timer counts months: it would run at once, and again and again. */
const longestTimeoutSeconds = 3600;
const shortestTimeoutSeconds = 0.1;

export interface Call {
  readonly request: Request;
  readonly messageId: string;
  readonly topic: string;
  readonly ctx: RequestContext;
}

/** Runs `work` and sends its outcome to the caller. A call is never tried again: its fault is its answer. */
export async function answer(
  conn: RpcConnection,
  call: Call,
  work: () => Promise<unknown>,
): Promise<void> {
  const heartbeat = startHeartbeat(conn, call);
  let body: string;
  try {
    body = replyBody(call.messageId, { result: await work(), ending: true });
    checkSize(conn, call, body);
  } catch (error) {
    const failure = failureToWire(knownFailure(conn, call, error));
    body = replyBody(call.messageId, { failure, ending: true });
  } finally {
    clearInterval(heartbeat);
  }
  await reply(conn, call, body, replyTimeoutMs);
}

/** The caller would not read it, and would wait in vain. */
function checkSize(conn: RpcConnection, { topic, request }: Call, body: string): void {
  const bytes = Buffer.byteLength(body);
  const { maxMessageBytes: most } = conn;
  if (bytes <= most) return;
  const reason = `The answer of ${topic}.${request.method} has ${bytes} bytes, more than ${most}.`;
  throw new Fault('TOO_LARGE', { reason });
}

async function reply(
  conn: RpcConnection,
  { request, messageId }: Call,
  body: string,
  timeoutMs: number,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  // Without _reply_q (2013) the queue has the name of the message.
  const routingKey = request._reply_q ?? messageId;
  const publication = { exchange: directExchange, routingKey, body, mandatory: true };
  for (;;) {
    const outcome = await conn.broker.publish({ ...publication, timeoutMs });
    if (outcome === 'confirmed') return;
    if (performance.now() > deadline) break;
    await pause(replyPauseMs);
  }
  conn.logger.warn({ method: request.method, routingKey }, 'the caller is gone, dropped its reply');
}

function startHeartbeat(conn: RpcConnection, call: Call): NodeJS.Timeout | undefined {
  const seconds = call.request._timeout;
  if (typeof seconds !== 'number') return undefined;
  return setInterval(
    () => {
      const body = replyBody(call.messageId, { ending: false });
      reply(conn, call, body, 0).catch((error: unknown) => {
        conn.logger.debug({ err: error }, 'could not send a sign of life');
      });
    },
    (Math.min(Math.max(seconds, shortestTimeoutSeconds), longestTimeoutSeconds) * 1000) / 2,
  );
}

/** What may cross as it is; a bug is logged here, where it happened, and crosses as INTERNAL with the request's id. */
function knownFailure(
  conn: RpcConnection,
  { topic, request, ctx }: Call,
  error: unknown,
): Fault | RemoteError {
  if (error instanceof Fault || error instanceof RemoteError) return error;
  conn.logger.error({ topic, method: request.method, err: error }, 'a call failed unexpectedly');
  return new Fault('INTERNAL', { reference: ctx.requestId, service: topic });
}
