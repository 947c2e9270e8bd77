import { diskFormats } from '@metalcast/disk-image';
import { imageStates } from '@metalcast/domain';
import { z } from 'zod';
import { shownFacts } from '../../image/images/facts.view.js';
import { visibilities } from '../../image/images/image.schema.js';
import { containerFormats } from '../../image/images/other-formats.js';
import { links, time } from './shared.js';

/** Beside these fields it has its properties, each a text. */
export const image = z
  .object({
    id: z.uuid(),
    name: z.string().nullable(),
    disk_format: z.enum(diskFormats).nullable(),
    container_format: z.enum(containerFormats).nullable(),
    visibility: z.enum(visibilities),
    size: z.int().nullable(),
    virtual_size: z.int().nullable(),
    status: z.enum(imageStates.states),
    checksum: z.string().nullable(),
    protected: z.boolean(),
    min_ram: z.int(),
    min_disk: z.int(),
    owner: z.string(),
    os_hidden: z.boolean(),
    os_hash_algo: z.literal('sha256').nullable(),
    os_hash_value: z.string().nullable(),
    created_at: time,
    updated_at: time,
    tags: z.array(z.string()),
    self: z.string(),
    file: z.string(),
    schema: z.string(),
    ...shownFacts,
  })
  .catchall(z.string());

export const images = z.strictObject({
  images: z.array(image),
  first: z.string(),
  next: z.string().optional(),
  schema: z.string(),
});

/** A JSON Schema in the form of Glance's. */
export const schema = z.looseObject({ name: z.string(), properties: z.looseObject({}) });

export const versions = z.strictObject({
  versions: z.array(z.strictObject({ id: z.string(), status: z.literal('CURRENT'), links })),
});
