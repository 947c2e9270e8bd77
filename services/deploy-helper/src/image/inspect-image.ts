import { Fault } from '@metalcast/domain';
import { z } from 'zod';
import { refersElsewhere } from './qcow2-header.js';
import { qemu } from '../disk/qemu-img.js';

export interface InspectedImage {
  readonly path: string;
  readonly format: 'raw' | 'qcow2';
  /** Size in bytes of the disk in the image. */
  readonly virtualSize: number;
}

const formats = ['raw', 'qcow2'] as const;

const info = z.object({
  format: z.string(),
  'virtual-size': z.number().int().positive(),
  'backing-filename': z.string().optional(),
  'format-specific': z
    .object({ data: z.looseObject({ 'data-file': z.string().optional() }).optional() })
    .optional(),
});

/**
 * Looks at a fetched image as the format that it was stored with, never at what its bytes claim to be.
 * Faults: IMAGE_UNSUITABLE for a foreign format, one that refers to another file of this host, and one without a disk.
 */
export async function inspectImage(
  path: string,
  image: { readonly id: string; readonly diskFormat: string | null },
): Promise<InspectedImage> {
  const format = formats.find((known) => known === image.diskFormat);
  if (format === undefined) {
    throw unsuitable(
      image.id,
      `its format ${image.diskFormat ?? 'unknown'} is neither raw nor qcow2`,
    );
  }
  // Checked before QEMU opens the image, because QEMU would open an external data file too.
  if (await refersElsewhere(path)) {
    throw unsuitable(image.id, 'it refers to another file');
  }
  const json = await qemu(['info', '--output=json', '-f', format, path]).catch((cause: unknown) => {
    throw unsuitable(image.id, `it is no readable ${format} image`, cause);
  });
  const { data: told } = info.safeParse(JSON.parse(json));
  if (told === undefined) {
    throw unsuitable(image.id, 'it holds no disk, or one larger than can be told');
  }
  const elsewhere = told['backing-filename'] ?? told['format-specific']?.data?.['data-file'];
  if (elsewhere !== undefined) {
    throw unsuitable(image.id, 'it refers to another file');
  }
  return { path, format, virtualSize: told['virtual-size'] };
}

const unsuitable = (image: string, reason: string, cause?: unknown): Fault =>
  new Fault('IMAGE_UNSUITABLE', { image, reason }, { cause });
