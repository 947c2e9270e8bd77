/** The server's side of a call: signs of life while it runs, then one reply. */
import type { RequestContext } from '@metalcast/contracts';
import { Fault } from '@metalcast/domain';
import type { Publication } from '../broker.js';
import type { RpcConnection } from '../connection.js';
import { directExchange } from '../topology.js';
import { RemoteError, failureToWire } from '../wire/failure.js';
import { replyBody } from '../wire/reply.js';
import type { Request } from '../wire/request.js';

const replyTimeoutMs = 10_000;
/** The next sign of life comes soon. */
const signTimeoutMs = 1_000;
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
  const publication = replyOf(call, body);
  const outcome = await conn.broker.publish({ ...publication, timeoutMs: replyTimeoutMs });
  if (outcome === 'returned') conn.lateReplies.send(publication, call.request.method);
}

/** The caller would not read it, and would wait in vain. */
function checkSize(conn: RpcConnection, { topic, request }: Call, body: string): void {
  const bytes = Buffer.byteLength(body);
  const { maxMessageBytes: most } = conn;
  if (bytes <= most) return;
  const reason = `The answer of ${topic}.${request.method} has ${bytes} bytes, more than ${most}.`;
  throw new Fault('TOO_LARGE', { reason });
}

const replyOf = ({ request, messageId }: Call, body: string): Omit<Publication, 'timeoutMs'> => ({
  exchange: directExchange,
  // Without _reply_q (2013) the queue has the name of the message.
  routingKey: request._reply_q ?? messageId,
  body,
  mandatory: true,
});

function startHeartbeat(conn: RpcConnection, call: Call): NodeJS.Timeout | undefined {
  const seconds = call.request._timeout;
  if (typeof seconds !== 'number') return undefined;
  return setInterval(
    () => {
      const body = replyBody(call.messageId, { ending: false });
      conn.broker
        .publish({ ...replyOf(call, body), timeoutMs: signTimeoutMs })
        .catch((error: unknown) => {
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
