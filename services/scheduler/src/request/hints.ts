import { schedulerHints, type SchedulerHints } from '@metalcast/contracts';
import { Fault } from '@metalcast/domain';

/** Hints as a foreign caller gives them. Fault BAD_REQUEST with the hint that cannot be read. */
export function parseHints(hints: unknown): SchedulerHints {
  const parsed = schedulerHints.safeParse(hints ?? {});
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = issue?.path.join('.') ?? '';
    throw new Fault('BAD_REQUEST', {
      reason: `Scheduler hint ${where}: ${issue?.message ?? 'invalid'}`,
    });
  }
  return parsed.data;
}
