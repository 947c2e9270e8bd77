import { z } from 'zod';

const maxPage = 1000;

/** A list's `limit`: as many as a page has at most, when more are asked for or nothing is said; as Nova. */
export const pageLimit = z.coerce
  .number()
  .int()
  .positive()
  .default(maxPage)
  .transform((limit) => Math.min(limit, maxPage));
