import { z } from 'zod';

/**
 * The largest value of PostgreSQL's type `integer`. A larger number must be refused as the sender's mistake: in a
 * statement it would be a database error.
 */
const mostInt4 = 2_147_483_647;

/** A number that is stored in, or compared with, an `integer` column; never below 0. */
export const int4 = z.int().min(0).max(mostInt4);

/** The same from a query string, or from a shell's JSON. */
export const int4Text = z.coerce.number().int().min(0).max(mostInt4);
