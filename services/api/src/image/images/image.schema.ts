import { firstSign, firstSignProperty } from '@metalcast/contracts';
import { diskFormats } from '@metalcast/disk-image';
import { z } from 'zod';
import { shownFacts } from './facts.view.js';
import { containerFormats, otherContainer, otherDiskFormat } from './other-formats.js';

export const visibilities = ['public', 'private', 'shared', 'community'] as const;

const amount = z
  .int()
  .min(0)
  .max(2 ** 31 - 1);
const maxProperties = 128;
const maxTags = 128;

/** What a user may set, besides properties of their own. */
const ownFields = {
  name: z.string().max(255).nullable().default(null),
  disk_format: z.enum(diskFormats, { error: otherDiskFormat }).nullable().default(null),
  container_format: z.enum(containerFormats, { error: otherContainer }).nullable().default(null),
  visibility: z.enum(visibilities).default('shared'),
  protected: z.boolean().default(false),
  min_disk: amount.default(0),
  min_ram: amount.default(0),
  tags: z
    .array(z.string().min(1).max(255))
    .max(maxTags)
    .default([])
    .transform((tags) => [...new Set(tags)]),
  os_hidden: z.literal(false).default(false),
};

/** What the API alone sets. */
export const readOnlyFields = [
  'status',
  'size',
  'virtual_size',
  'checksum',
  'os_hash_algo',
  'os_hash_value',
  'created_at',
  'updated_at',
  'self',
  'file',
  'schema',
  'direct_url',
  'locations',
  ...Object.keys(shownFacts),
];

const property = z.string().max(65_535);
const longestName = 255;

/** An image as its owner writes it: the known fields, and any other string as a property. */
export const imageDocument = z
  .object(ownFields)
  .catchall(property)
  .transform(splitProperties)
  .refine(
    ({ properties }) => Object.keys(properties).length <= maxProperties,
    `more than ${maxProperties} properties`,
  )
  .refine(
    ({ properties }) => Object.keys(properties).every((name) => name.length <= longestName),
    `a property's name may have ${longestName} characters`,
  )
  .refine(
    ({ properties }) => firstSign.optional().safeParse(properties[firstSignProperty]).success,
    {
      path: [firstSignProperty],
      message: `must be one of ${firstSign.options.join(', ')}`,
    },
  );

export type ImageDocument = z.output<typeof imageDocument>;

const readOnly = z.never('read-only').optional();

/**
 * POST /v2/images: also an id of the user's choice and, for administrators, another owner. What else it brings is read
 * as an `imageDocument`.
 */
export const newImageRequest = z
  .object({
    ...Object.fromEntries(readOnlyFields.map((field) => [field, readOnly])),
    ...ownFields,
    id: z.uuid().optional(),
    owner: z.string().min(1).max(255).optional(),
  })
  .catchall(property);

export type NewImageRequest = z.output<typeof newImageRequest>;

export const baseFields: readonly string[] = Object.keys(ownFields);

const storedDocument = z.object(ownFields).omit({ os_hidden: true });

function splitProperties(document: Record<string, unknown>): z.output<typeof storedDocument> & {
  properties: Record<string, string>;
} {
  const properties = Object.entries(document).filter(([key]) => !baseFields.includes(key));
  return {
    ...storedDocument.parse(document),
    properties: Object.fromEntries(properties) as Record<string, string>,
  };
}

const path = z
  .string()
  .startsWith('/')
  .max(2 * longestName);

/** An operation of RFC 6902 (openstack-images-v2.1-json-patch). */
const operation = z.discriminatedUnion('op', [
  z.strictObject({ op: z.literal('add'), path, value: z.unknown() }),
  z.strictObject({ op: z.literal('replace'), path, value: z.unknown() }),
  z.strictObject({ op: z.literal('remove'), path }),
]);

/** An operation of the draft before it, which is named by the key of its path (openstack-images-v2.0-json-patch). */
const draftOperation = z.union([
  z
    .strictObject({ add: path, value: z.unknown() })
    .transform(({ add, value }) => ({ op: 'add' as const, path: add, value })),
  z
    .strictObject({ replace: path, value: z.unknown() })
    .transform(({ replace, value }) => ({ op: 'replace' as const, path: replace, value })),
  z
    .strictObject({ remove: path })
    .transform(({ remove }) => ({ op: 'remove' as const, path: remove })),
]);

/** JSON patch as far as the image API has it; the patched image is read as an `imageDocument`. */
export const imagePatch = z.array(z.union([operation, draftOperation])).max(1000);

export type ImagePatch = z.output<typeof imagePatch>;
