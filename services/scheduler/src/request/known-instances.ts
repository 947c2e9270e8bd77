import type { Database } from '@metalcast/db';
import { findMissingInstance } from '@metalcast/db/scheduler';
import { Fault } from '@metalcast/domain';

/** Fault NOT_FOUND with the first of these instances that never existed. */
export async function requireInstances(
  database: Database,
  uuids: readonly string[],
): Promise<void> {
  if (uuids.length === 0) {
    return;
  }
  const missing = await findMissingInstance(database, uuids);
  if (missing !== undefined) {
    throw new Fault('NOT_FOUND', { what: 'Instance', id: missing });
  }
}
