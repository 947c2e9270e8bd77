import { z } from 'zod';

const once = z.string('must be given once');

/** A whole number in a query. A number that is too large to be exact becomes the largest exact one. */
export const wholeNumber = (least: 0 | 1): z.ZodType<number, string> =>
  once
    .regex(
      least === 0 ? /^\d+$/ : /^0*[1-9]\d*$/,
      `must be a whole number from ${String(least)} on`,
    )
    .transform((digits) => Math.min(Number(digits), Number.MAX_SAFE_INTEGER));

/** The page of a list: its length, and the last row of the page before. */
export const pageQuery = {
  limit: wholeNumber(1).optional(),
  marker: once.max(255).optional(),
};

const oneOrder = z.never('is not supported: this list has one order').optional();

/** For lists that have one order. */
export const unsortedPageQuery = { ...pageQuery, sort_key: oneOrder, sort_dir: oneOrder };

export interface PageQuery {
  readonly limit?: number | undefined;
  readonly marker?: string | undefined;
}
