import { Fault } from '@metalcast/domain';
import type { CreateServer } from '../servers.schema.js';

/**
 * How many servers to make: max_count, as in Nova; servers that find no node end in ERROR one by one. Fault BAD_REQUEST
 * when min_count is more than max_count, when max_count is more than `allowed`, or when several servers would get the
 * same port or address.
 */
export function countOf(
  { min_count: least, max_count: most, networks }: CreateServer,
  allowed: number,
): number {
  const count = most ?? least;
  if (count > allowed) {
    throw badRequest(
      `${count} servers are asked for in one request; at most ${allowed} can be (the api's option max_servers_per_request).`,
    );
  }
  if (count < least) {
    throw badRequest('min_count must be <= max_count');
  }
  const requested = Array.isArray(networks) ? networks : [];
  if (count > 1 && requested.some(({ port }) => port !== undefined)) {
    throw badRequest(
      'Unable to launch multiple instances with a single configured port ID. Please launch your instance one by one with different ports.',
    );
  }
  if (count > 1 && requested.some(({ fixed_ip: address }) => address !== undefined)) {
    throw badRequest('max_count cannot be greater than 1 if an fixed_ip is specified.');
  }
  return count;
}

const badRequest = (reason: string): Fault => new Fault('BAD_REQUEST', { reason });
