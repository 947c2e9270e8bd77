import { z } from 'zod';
import { shownImage } from '../../image/images/shown-image.js';
import { links, time } from './shared.js';

/** Beside these fields it has its properties, each a text. */
export const image = shownImage.extend({ created_at: time, updated_at: time }).catchall(z.string());

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
