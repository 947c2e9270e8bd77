import { z } from 'zod';

export const maxInteger = 2_147_483_647;

/** A whole number, or its digits as a text, as Nova's schemas have it; a boolean is none. */
export const novaInteger = (least: number, most = maxInteger): z.ZodType<number> =>
  z
    .union(
      [
        z.int(),
        z
          .string()
          .regex(/^\d{1,10}$/)
          .transform(Number),
      ],
      'must be a whole number',
    )
    .pipe(z.int().min(least).max(most));

/** A number above 0, or its digits as a text. */
export const novaPositive = z
  .union(
    [
      z.number(),
      z
        .string()
        .regex(/^\d{1,10}(?:\.\d{1,10})?$/)
        .transform(Number),
    ],
    'must be a number',
  )
  .pipe(z.number().positive().max(maxInteger));
