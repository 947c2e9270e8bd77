import { z } from 'zod';
import { queryText } from './query-values.js';

const form =
  /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d(?::?\d\d)?)?)?$/;
const zone = /T.*(?:Z|[+-]\d\d(?::?\d\d)?)$/;

/** PostgreSQL has no year 0, and its drivers write later years than 9999 in another form. */
const hasStorableYear = (time: Date): boolean =>
  time.getUTCFullYear() >= 1 && time.getUTCFullYear() <= 9999;

/** A time or a date in a query, in ISO 8601 or with a space as Python prints it; without a zone it is UTC. */
export const queryTime = queryText.transform((text, context): Date => {
  const iso = text.replace(' ', 'T');
  const time = new Date(!iso.includes('T') || zone.test(iso) ? iso : `${iso}Z`);
  if (!form.test(text) || !hasStorableYear(time)) {
    context.addIssue({
      code: 'custom',
      message: 'must be a time or a date of the years 1 to 9999, as 2026-01-31T12:00:00Z',
    });
    return z.NEVER;
  }
  return time;
});
