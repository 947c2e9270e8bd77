import { Fault } from '@metalcast/domain';
import { pause } from '@metalcast/work';
import type { Publication } from '../broker.js';
import type { RpcConnection } from '../connection.js';

const firstPauseMs = 50;
const longestPauseMs = 500;

/**
 * Publishes until a queue takes the message. After a broker restart each server binds its queues again when it is back,
 * and nothing announces that: so a returned message is tried again. Fault UNAVAILABLE at the deadline.
 */
export async function sendUntilTaken(
  conn: RpcConnection,
  publication: Omit<Publication, 'timeoutMs' | 'mandatory'>,
  timeoutMs: number,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  let pauseMs = firstPauseMs;
  for (;;) {
    const leftMs = deadline - performance.now();
    if (leftMs <= 0) throw nobodyThere(publication.routingKey, timeoutMs);
    const message = { ...publication, mandatory: true, timeoutMs: leftMs };
    if ((await conn.broker.publish(message)) === 'confirmed') return;
    await pause(Math.min(pauseMs, deadline - performance.now()));
    pauseMs = Math.min(pauseMs * 2, longestPauseMs);
  }
}

function nobodyThere(queue: string, timeoutMs: number): Fault {
  return new Fault('UNAVAILABLE', { reason: `No queue ${queue} appeared within ${timeoutMs} ms.` });
}
