import { z } from 'zod';
import { novaBoolean, readBoolean } from '../../http/requests/booleans.js';
import { unsortedPageQuery, wholeNumber } from '../../http/requests/page-query.js';

const mostStored = 2_147_483_647;
const count = (least: number) => z.coerce.number().int().min(least).max(mostStored);
/** Nova's: it stands in URLs, which clients do not encode. */
const flavorId = z
  .string()
  .regex(/^[\w. -]{1,255}$/, 'must be letters, digits, and . - _ or space');
const name = z.string().trim().min(1).max(255);

export const createFlavor = z.object({
  flavor: z.object({
    name,
    id: z
      .union([z.string().trim(), z.number().int()])
      .transform(String)
      .pipe(flavorId)
      .nullish()
      .transform((id) => id ?? undefined),
    ram: count(1),
    vcpus: count(1),
    disk: count(0),
    swap: z.preprocess((swap) => (swap === '' ? 0 : swap), count(0).default(0)),
    'OS-FLV-EXT-DATA:ephemeral': count(0).default(0),
    rxtx_factor: z.coerce.number().positive().default(1),
    'os-flavor-access:is_public': novaBoolean.default(true),
    description: z.string().max(65_535).nullish(),
  }),
});

const key = z.string().regex(/^[\w.:\- ]{1,255}$/, 'must be letters, digits, and . : - _ or space');
const value = z
  .union([z.string(), z.number(), z.boolean()])
  .transform(String)
  .pipe(z.string().max(255));

export const extraSpecs = z.object({ extra_specs: z.record(key, value) });
export const oneExtraSpec = z.record(key, value);

/** `None` is `all`. */
const isPublic = z
  .string('must be given once')
  .default('true')
  .transform((word, context) => {
    const value = word.toLowerCase() === 'none' ? 'all' : readBoolean('oslo', word);
    if (value === undefined) {
      context.addIssue({ code: 'custom', message: 'must be true, false or None' });
    }
    return value ?? z.NEVER;
  });

const atLeast = wholeNumber(0).pipe(z.number().max(mostStored)).default(0);

export const listFlavors = z.object({
  is_public: isPublic,
  minRam: atLeast,
  minDisk: atLeast,
  ...unsortedPageQuery,
});
