import { z } from 'zod';

/** How much of a list is asked for: the page's length, and what the page before ends with. */
export const pageQuery = {
  limit: z.coerce.number().int().positive().optional(),
  marker: z.string().max(255).optional(),
};

const oneOrder = z.never('is not supported: this list has one order').optional();

/** Of a list that can be read in one order only. */
export const unsortedPageQuery = { ...pageQuery, sort_key: oneOrder, sort_dir: oneOrder };

export interface PageQuery {
  readonly limit?: number | undefined;
  readonly marker?: string | undefined;
}
