import { z } from 'zod';

/**
 * The largest value of PostgreSQL's type `integer`. A larger number must be refused as the sender's mistake: in a
 * statement it would be a database error.
 */
const mostInt4 = 2_147_483_647;

/** A number that is stored in, or compared with, an `integer` column; never below 0. */
export const int4 = z.int().min(0).max(mostInt4);

const digits = /^\d+$/;

/**
 * A number out of a query string, or out of a shell's JSON, which may hold it as a text of digits. Nothing else is one:
 * null, an empty text and an empty list would be 0 if they were only made a number of.
 */
export const numeral = <S extends z.ZodType<number>>(schema: S): z.ZodPreprocess<S> =>
  z.preprocess(
    (told) => (typeof told === 'string' && digits.test(told) ? Number(told) : told),
    schema,
  );

/** `int4` out of such a place. */
export const int4Text = numeral(int4);
