import { z } from 'zod';

/** A URL is not much longer, whatever it asks for. */
const longest = 4096;
const most = 1000;

/** A parameter of a query, given once. */
export const queryText = z.string('must be given once').max(longest);

/** A parameter that may be given more than once. */
export const queryTexts = z
  .union([z.string().max(longest), z.array(z.string().max(longest)).max(most)])
  .transform((value) => [value].flat());

const yes = ['true', 't', '1', 'yes', 'y', 'on'] as const;
const no = ['false', 'f', '0', 'no', 'n', 'off'] as const;

/** By the words of OpenStack, in letters of any size. */
export const queryBoolean = queryText
  .toLowerCase()
  .pipe(z.enum([...yes, ...no], 'must be true or false'))
  .transform((word) => (yes as readonly string[]).includes(word));
