import { z } from 'zod';

/** PostgreSQL's type `integer` holds no more: a larger number would be an error of the database, not of who sent it. */
const mostInt4 = 2_147_483_647;

/** A number that is kept in, or compared with, a column of that type: none of ours is below 0. */
export const int4 = z.int().min(0).max(mostInt4);

/** The same out of a query string, or out of a shell's JSON. */
export const int4Text = z.coerce.number().int().min(0).max(mostInt4);
