import { Fault } from '@metalcast/domain';
import type { CreateServer } from './servers.schema.js';

/**
 * How many servers are asked for: the most, as in Nova; those that find no node end in ERROR one by one. Fault
 * BAD_REQUEST when the least is more than the most, or when several would have the same port or address.
 */
export function countOf({ min_count: least, max_count: most, networks }: CreateServer): number {
  const count = most ?? least;
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
