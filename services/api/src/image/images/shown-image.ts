import { diskFormats } from '@metalcast/disk-image';
import { imageStates } from '@metalcast/domain';
import { z } from 'zod';
import { shownFacts } from './facts.view.js';
import { visibilities } from './image.schema.js';
import { containerFormats } from './other-formats.js';

/** The fields of an image as `imageView` shows it. Its properties, each a text, stand beside them. */
export const shownImage = z.object({
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
  created_at: z.string(),
  updated_at: z.string(),
  tags: z.array(z.string()),
  self: z.string(),
  file: z.string(),
  schema: z.string(),
  ...shownFacts,
});
