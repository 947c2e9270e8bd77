import type { RequestContext } from '@metalcast/contracts';
import type { RpcConnection } from '../connection.js';
import { callMethod, type Destination, type Timing } from './call.js';

/**
 * Checks that a server of the topic (or of one host) answers: namespace `baseapi`, which every server of Nova's has
 * too. Fault RPC_TIMEOUT.
 */
export async function ping(
  conn: RpcConnection,
  to: Destination,
  ctx: RequestContext,
  timing: Timing,
): Promise<void> {
  const request = { method: 'ping', args: { arg: 'ping' }, version: '1.0', namespace: 'baseapi' };
  await callMethod(conn, to, { ...request, ctx }, timing);
}
