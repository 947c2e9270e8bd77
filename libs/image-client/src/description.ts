import { Fault, imageStatus } from '@metalcast/domain';
import { z } from 'zod';

/** The image API's description of an image (Image API v2), with what is needed to fetch and check it. */
export interface ImageDescription {
  readonly id: string;
  readonly name: string | null;
  readonly diskFormat: string | null;
  /** Bytes. */
  readonly size: number;
  readonly virtualSize: number | null;
  readonly hashAlgorithm: 'sha256' | 'sha512';
  /** Hexadecimal; the name under which the bytes are kept. */
  readonly hash: string;
}

const image = z.looseObject({
  id: z.string(),
  name: z.string().nullish(),
  status: z.string(),
  disk_format: z.string().nullish(),
  size: z.number().nullish(),
  virtual_size: z.number().nullish(),
  os_hash_algo: z.enum(['sha256', 'sha512']).nullish(),
  os_hash_value: z
    .string()
    .regex(/^([0-9a-f]{64}|[0-9a-f]{128})$/)
    .nullish(),
});

/** Reads the API's JSON; IMAGE_MISSING when the image has no data yet. */
export function imageDescription(json: unknown): ImageDescription {
  const parsed = image.safeParse(json);
  if (!parsed.success) {
    throw new Fault('UNAVAILABLE', { reason: 'The image API describes an image unreadably.' });
  }
  const { id, status, size, os_hash_value: hash } = parsed.data;
  if (status === imageStatus.deactivated) {
    throw new Fault('IMAGE_MISSING', { image: id }, { message: `Image ${id} is deactivated.` });
  }
  if (status !== imageStatus.active || typeof size !== 'number' || typeof hash !== 'string') {
    throw new Fault('IMAGE_MISSING', { image: id });
  }
  return {
    id,
    name: parsed.data.name ?? null,
    diskFormat: parsed.data.disk_format ?? null,
    size,
    virtualSize: parsed.data.virtual_size ?? null,
    hashAlgorithm: parsed.data.os_hash_algo ?? 'sha256',
    hash,
  };
}
