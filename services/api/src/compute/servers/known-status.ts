import { Fault } from '@metalcast/domain';
import type { Microversion } from '../../http/routing/microversion.js';

/** All of Nova's, also those that no server here can have. */
const statuses: ReadonlySet<string> = new Set([
  ...['ACTIVE', 'BUILD', 'DELETED', 'ERROR', 'HARD_REBOOT', 'MIGRATING', 'PASSWORD', 'PAUSED'],
  ...['REBOOT', 'REBUILD', 'RESCUE', 'RESIZE', 'REVERT_RESIZE', 'SHELVED', 'SHELVED_OFFLOADED'],
  ...['SHUTOFF', 'SOFT_DELETED', 'SUSPENDED', 'UNKNOWN', 'VERIFY_RESIZE'],
]);

/** Fault BAD_REQUEST: a list by a status that is none. Before 2.38 such a list is empty. */
export function requireKnownStatus(
  { status }: { readonly status?: string | undefined },
  version: Microversion,
): void {
  if (status !== undefined && version.since(38) && !statuses.has(status.toUpperCase())) {
    throw new Fault('BAD_REQUEST', { reason: `Invalid status: ${status}` });
  }
}
