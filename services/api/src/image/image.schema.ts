import { firstSign, firstSignProperty } from '@metalcast/contracts';
import { z } from 'zod';

/** Formats that can be written to a disk, or loaded as a kernel (aki) or ramdisk (ari). */
export const diskFormats = ['raw', 'qcow2', 'aki', 'ari'] as const;
export type DiskFormat = (typeof diskFormats)[number];

export const containerFormats = ['bare', 'aki', 'ari'] as const;
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
  disk_format: z.enum(diskFormats).nullable().default(null),
  container_format: z.enum(containerFormats).nullable().default(null),
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
];

/** An image as its owner writes it: the known fields, and any other string as a property. */
export const imageDocument = z
  .object(ownFields)
  .catchall(z.string().max(65_535))
  .transform(splitProperties)
  .refine(
    ({ properties }) => Object.keys(properties).length <= maxProperties,
    `more than ${maxProperties} properties`,
  )
  .refine(
    ({ properties }) => firstSign.optional().safeParse(properties[firstSignProperty]).success,
    {
      path: [firstSignProperty],
      message: `must be one of ${firstSign.options.join(', ')}`,
    },
  );

export type ImageDocument = z.output<typeof imageDocument>;

/** POST /v2/images: also an id of the user's choice and, for administrators, another owner. */
export const newImageRequest = z
  .looseObject({ id: z.uuid().optional(), owner: z.string().min(1).optional() })
  .superRefine((request, context) => {
    for (const field of readOnlyFields.filter((name) => Object.hasOwn(request, name))) {
      context.addIssue({ code: 'custom', path: [field], message: 'read-only' });
    }
  });

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

/** JSON patch (RFC 6902) as far as the image API has it. */
export const imagePatch = z.array(
  z.discriminatedUnion('op', [
    z.object({ op: z.literal('add'), path: z.string().startsWith('/'), value: z.unknown() }),
    z.object({ op: z.literal('replace'), path: z.string().startsWith('/'), value: z.unknown() }),
    z.object({ op: z.literal('remove'), path: z.string().startsWith('/') }),
  ]),
);

export type ImagePatch = z.output<typeof imagePatch>;
