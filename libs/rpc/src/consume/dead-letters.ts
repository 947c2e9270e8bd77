import type { RpcConnection } from '../connection.js';
import { deadLetterName, deadLetters, directExchange } from '../topology.js';
import { redactJson } from '../wire/redact.js';

const publishTimeoutMs = 5_000;
const longestReason = 500;

/** A message that nobody can process, for people: with its reason, without values that look secret. Rejects when not stored. */
export async function bury(
  conn: RpcConnection,
  of: string,
  message: { readonly body: string; readonly routingKey?: string | undefined },
  reason: string,
): Promise<void> {
  const name = deadLetterName(of);
  await conn.broker.publish({
    exchange: directExchange,
    routingKey: name,
    body: redactJson(message.body),
    headers: {
      'metalcast-reason': reason.slice(0, longestReason),
      'metalcast-routing-key': message.routingKey ?? of,
      'metalcast-at': new Date().toISOString(),
    },
    mandatory: true,
    needs: deadLetters(of),
    timeoutMs: publishTimeoutMs,
  });
  conn.logger.error({ queue: name, reason }, 'put a message to the dead letters');
}
