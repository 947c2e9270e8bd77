import { z } from 'zod';
import { queryText as once } from './query-values.js';

/** A whole number in a query. A number that is too large to be exact becomes the largest exact one. */
export const wholeNumber = (least: 0 | 1): z.ZodType<number, string> =>
  once
    .regex(
      least === 0 ? /^\d+$/ : /^0*[1-9]\d*$/,
      `must be a whole number from ${String(least)} on`,
    )
    .transform((digits) => Math.min(Number(digits), Number.MAX_SAFE_INTEGER));

/** A whole number in a query that the database keeps in 64 bits. */
export const wholeBigint: z.ZodType<bigint, string> = once
  .regex(/^\d{1,19}$/, 'must be a whole number of at most 19 digits')
  .transform(BigInt)
  .pipe(z.bigint().max(2n ** 63n - 1n));

/**
 * The page of a list: its length, and the last row of the page before. Queries are strict: an unknown parameter is a
 * 400 that names it, as in Nova from 2.75 on, because a list that is longer than the script wants misleads it. In
 * Glance's lists other names are properties, in Neutron's attributes.
 */
export const pageQuery = {
  limit: wholeNumber(1).optional(),
  marker: once.max(255).optional(),
};

/** In Nova's lists a limit of 0 is an empty page. */
export const novaPageQuery = { ...pageQuery, limit: wholeNumber(0).optional() };

const oneOrder = z.never('is not supported: this list has one order').optional();

/** For lists that have one order. */
export const unsortedPageQuery = { ...pageQuery, sort_key: oneOrder, sort_dir: oneOrder };
export const unsortedNovaPageQuery = { ...unsortedPageQuery, ...novaPageQuery };

export interface PageQuery {
  readonly limit?: number | undefined;
  readonly marker?: string | undefined;
}
