import { z } from 'zod';

/** Nova's words for a boolean, which its clients send in place of one (nova/api/validation/parameter_types.py). */
const yes = ['True', 'TRUE', 'true', '1', 'ON', 'On', 'on', 'YES', 'Yes', 'yes'] as const;
const no = ['False', 'FALSE', 'false', '0', 'OFF', 'Off', 'off', 'NO', 'No', 'no'] as const;

export const novaBoolean = z.union(
  [z.boolean(), z.enum(yes).transform(() => true), z.enum(no).transform(() => false)],
  'must be true or false',
);

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
