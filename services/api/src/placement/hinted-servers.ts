import { placeHints, type SchedulerHints } from '@metalcast/contracts';
import type { ModelDatabase } from '@metalcast/db/models';
import { Fault } from '@metalcast/domain';
import type { Caller } from '../http/access/caller.js';
import { projectWhere } from '../policy/ownership.js';

/** Fault BAD_REQUEST when a hint names a server that does not exist, or is beyond the caller's reach. */
export async function checkHintedServers(
  { prisma }: ModelDatabase,
  hints: SchedulerHints,
  caller: Caller,
): Promise<void> {
  const named = placeHints.flatMap((hint) => hints[hint] ?? []);
  if (named.length === 0) {
    return;
  }
  const found = await prisma.instance.findMany({
    where: {
      uuid: { in: named },
      deletedAt: null,
      ...projectWhere('metalcast:hinted_servers', caller),
    },
    select: { uuid: true },
  });
  const known = new Set(found.map(({ uuid }) => uuid));
  const problems = placeHints.flatMap((hint) => {
    const unknown = (hints[hint] ?? []).filter((uuid) => !known.has(uuid));
    return unknown.length === 0 ? [] : [`${hint} names ${unknown.join(', ')}`];
  });
  if (problems.length > 0) {
    const reason = `Scheduler hints name servers that could not be found: ${problems.join('; ')}.`;
    throw new Fault('BAD_REQUEST', { reason });
  }
}
