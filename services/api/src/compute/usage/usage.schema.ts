import { Fault } from '@metalcast/domain';
import { z } from 'zod';
import { queryText } from '../../http/requests/query-values.js';
import { queryTime } from '../../http/requests/query-time.js';
import type { Period } from './usage.js';

export const usageQuery = z.strictObject({
  start: queryTime.optional(),
  end: queryTime.optional(),
});

export const usageListQuery = usageQuery.extend({
  detailed: queryText.optional().transform((word) => word === '1'),
});

/** Nova's defaults: what is not given is now. Fault BAD_REQUEST: the end is before the start. */
export function periodOf({ start, end }: z.output<typeof usageQuery>): Period {
  const now = new Date();
  const period = { start: start ?? now, end: end ?? now };
  if (period.start > period.end) {
    throw new Fault('BAD_REQUEST', {
      reason: 'Invalid start time. The start time cannot occur after the end time.',
    });
  }
  return period;
}
