import { Fault } from '@metalcast/domain';
import { z } from 'zod';
import { novaPageQuery } from '../../http/requests/page-query.js';
import { queryText } from '../../http/requests/query-values.js';
import { queryTime } from '../../http/requests/query-time.js';
import type { Microversion } from '../../http/routing/microversion.js';
import type { Period } from './usage.js';

export const usageQuery = z.strictObject({
  start: queryTime.optional(),
  end: queryTime.optional(),
  ...novaPageQuery,
});
export type UsageQuery = z.output<typeof usageQuery>;

export const usageListQuery = usageQuery.extend({
  detailed: queryText.optional().transform((word) => word === '1'),
});
export type UsageListQuery = z.output<typeof usageListQuery>;

/** Nova's defaults: what is not given is now. Fault BAD_REQUEST: the end is before the start. */
export function periodOf({ start, end }: UsageQuery): Period {
  const now = new Date();
  const period = { start: start ?? now, end: end ?? now };
  if (period.start > period.end) {
    throw new Fault('BAD_REQUEST', {
      reason: 'Invalid start time. The start time cannot occur after the end time.',
    });
  }
  return period;
}

/** Whether the answer is a page of servers. Fault BAD_REQUEST: pages are asked for in a version that has none. */
export function isPaged({ limit, marker }: UsageQuery, version: Microversion): boolean {
  if (!version.since(40) && (limit !== undefined || marker !== undefined)) {
    throw new Fault('BAD_REQUEST', {
      reason: 'limit and marker need the microversion 2.40 or later.',
    });
  }
  return version.since(40);
}
