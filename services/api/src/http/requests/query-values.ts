import { z } from 'zod';

/** No URL is much longer. */
const longest = 4096;
const most = 1000;

/** A parameter of a query, given once. */
export const queryText = z.string('must be given once').max(longest);

/** A parameter that may be given more than once. */
export const queryTexts = z
  .union([z.string().max(longest), z.array(z.string().max(longest)).max(most)])
  .transform((value) => [value].flat());
