import { openAsBlob } from 'node:fs';
import { join } from 'node:path';
import type { Session } from '@metalcast/cloud-client';
import { imageStatus } from '@metalcast/domain';
import { run } from '@metalcast/exec';
import { z } from 'zod';
import { checkout } from '../lab-paths.js';

const buildTimeoutMs = 600_000;
const uploadTimeoutMs = 300_000;

const built = z.object({
  kernel: z.string(),
  ramdisk: z.string(),
  image: z.string(),
  kernelSha256: z.string(),
  ramdiskSha256: z.string(),
  imageSha256: z.string(),
  cached: z.boolean(),
});

/** Files of the deploy kernel, the deploy ramdisk and a small bootable image. */
export type BuiltImages = z.output<typeof built>;

/** Names in the image API. The first two are also options of the boot service. */
export const imageNames = {
  kernel: 'deploy-kernel',
  ramdisk: 'deploy-ramdisk',
  image: 'metalcast-test',
} as const;

/** Builds the images from Debian's packages, or takes them from the cache. */
export async function buildImages(): Promise<BuiltImages> {
  const command = [join(checkout, 'ramdisk', 'build.mjs')];
  const result = await run(process.execPath, command, { timeoutMs: buildTimeoutMs });
  if (result.exitCode !== 0) {
    throw new Error(`the ramdisk could not be built:\n${result.stderr}${result.stdout}`);
  }
  return built.parse(JSON.parse(result.stdout.trim().split('\n').at(-1) ?? ''));
}

export interface ImageUpload {
  readonly name: string;
  readonly file: string;
  readonly diskFormat: 'aki' | 'ari' | 'qcow2' | 'raw';
  /** The API refuses to delete a protected image. */
  readonly isProtected?: boolean;
  readonly properties?: Readonly<Record<string, string>>;
}

interface KnownUpload extends ImageUpload {
  readonly sha256: string;
}

const listed = z.object({
  images: z.array(
    z.object({
      id: z.string(),
      status: z.string(),
      protected: z.boolean(),
      os_hash_value: z.string().nullish(),
    }),
  ),
});
const created = z.object({ id: z.string() });

/**
 * Uploads the three images if they differ from the present ones, and deletes older images of the same name. Kernel and
 * ramdisk are protected, because no node boots without them. Idempotent.
 */
export async function uploadImages(
  session: Session,
  files: BuiltImages,
): Promise<{ imageId: string }> {
  await ensureImage(session, {
    name: imageNames.kernel,
    file: files.kernel,
    sha256: files.kernelSha256,
    diskFormat: 'aki',
    isProtected: true,
  });
  await ensureImage(session, {
    name: imageNames.ramdisk,
    file: files.ramdisk,
    sha256: files.ramdiskSha256,
    diskFormat: 'ari',
    isProtected: true,
  });
  const imageId = await ensureImage(session, {
    name: imageNames.image,
    file: files.image,
    sha256: files.imageSha256,
    diskFormat: 'qcow2',
  });
  return { imageId };
}

async function ensureImage(session: Session, upload: KnownUpload): Promise<string> {
  const path = `/v2/images?name=${encodeURIComponent(upload.name)}`;
  const { images } = listed.parse(await session.request({ api: 'image', path }));
  const present = images.find(
    ({ status, os_hash_value: hash }) => status === imageStatus.active && hash === upload.sha256,
  );
  for (const { id, protected: isProtected } of images.filter((image) => image !== present)) {
    if (isProtected) {
      await liftProtection(session, id);
    }
    await session.request({ api: 'image', method: 'DELETE', path: `/v2/images/${id}` });
  }
  return present?.id ?? (await createImage(session, upload));
}

/** The content type selects the dialect of JSON patch; a Blob carries the content type. */
async function liftProtection(session: Session, id: string): Promise<void> {
  const patch = [{ op: 'replace', path: '/protected', value: false }];
  const body = new Blob([JSON.stringify(patch)], {
    type: 'application/openstack-images-v2.1-json-patch',
  });
  await session.request({ api: 'image', method: 'PATCH', path: `/v2/images/${id}`, body });
}

/** Creates a public image and returns its id. */
export async function createImage(
  session: Session,
  { name, file, diskFormat, isProtected = false, properties = {} }: ImageUpload,
): Promise<string> {
  const containerFormat = ['aki', 'ari'].includes(diskFormat) ? diskFormat : 'bare';
  const { id } = created.parse(
    await session.request({
      api: 'image',
      method: 'POST',
      path: '/v2/images',
      body: {
        ...properties,
        name,
        disk_format: diskFormat,
        container_format: containerFormat,
        visibility: 'public',
        protected: isProtected,
      },
    }),
  );
  await session.request({
    api: 'image',
    method: 'PUT',
    path: `/v2/images/${id}/file`,
    body: await openAsBlob(file),
    timeoutMs: uploadTimeoutMs,
  });
  return id;
}
