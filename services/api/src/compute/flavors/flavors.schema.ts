import { z } from 'zod';
import { novaBoolean, queryBoolean } from '../../http/requests/booleans.js';
import { maxInteger, novaInteger, novaPositive } from '../../http/requests/nova-values.js';
import { unsortedNovaPageQuery, wholeNumber } from '../../http/requests/page-query.js';
import { queryText } from '../../http/requests/query-values.js';

/** Nova's: it stands in URLs, which clients do not encode. */
const flavorId = z
  .string()
  .regex(/^[\w. -]{1,255}$/, 'must be letters, digits, and . - _ or space');
const name = z.string().trim().min(1).max(255);

export const createFlavor = z.strictObject({
  flavor: z.strictObject({
    name,
    id: z
      .union([z.string().trim().max(255), z.int()])
      .transform(String)
      .pipe(flavorId)
      .nullish()
      .transform((id) => id ?? undefined),
    ram: novaInteger(1),
    vcpus: novaInteger(1),
    disk: novaInteger(0),
    swap: z.union([z.literal('').transform(() => 0), novaInteger(0)]).default(0),
    // It would be counted, and never made.
    'OS-FLV-EXT-DATA:ephemeral': novaInteger(0)
      .refine((gib) => gib === 0, 'must be 0: no ephemeral disk is made')
      .default(0),
    rxtx_factor: novaPositive.default(1),
    'os-flavor-access:is_public': novaBoolean.default(true),
    description: z.string().max(65_535).nullish(),
  }),
});

const key = z.string().regex(/^[\w.:\- ]{1,255}$/, 'must be letters, digits, and . : - _ or space');
const value = z
  .union([z.string().max(255), z.number(), z.boolean()])
  .transform(String)
  .pipe(z.string().max(255));

export const extraSpecs = z.strictObject({ extra_specs: z.record(key, value) });
export const oneExtraSpec = z.record(key, value);

const all = 'none';

/** By Nova's words; `None` is `all`. */
const isPublic = z.union(
  [
    queryText
      .toLowerCase()
      .pipe(z.literal(all))
      .transform(() => 'all' as const),
    queryBoolean,
  ],
  'must be true, false or None',
);

const atLeast = wholeNumber(0).pipe(z.number().max(maxInteger)).default(0);

export const listFlavors = z.strictObject({
  is_public: isPublic.default(true),
  minRam: atLeast,
  minDisk: atLeast,
  ...unsortedNovaPageQuery,
});
