import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '@metalcast/domain';
import type { ImageDescription } from './description.js';

export interface DownloadOptions {
  readonly onProgress?: ((bytes: number) => void) | undefined;
}

/** The file of an image that was fetched before; undefined when there is no complete file. */
export async function cached(
  image: ImageDescription,
  directory: string,
): Promise<string | undefined> {
  const path = join(directory, image.hash);
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() === true && found.size === image.size ? path : undefined;
}

/**
 * Writes the bytes to a temporary name, and renames the file only when size and hash are right and the bytes are on the
 * disk: a visible file is complete, even after a crash.
 */
export async function keep(
  image: ImageDescription,
  directory: string,
  bytes: AsyncIterable<Uint8Array>,
  { onProgress }: DownloadOptions = {},
): Promise<string> {
  await mkdir(directory, { recursive: true });
  await removeAbandoned(directory);
  const part = join(directory, `${image.hash}.${randomUUID()}.part`);
  const file = await open(part, 'wx', 0o640);
  try {
    await writeChecked(image, file, bytes, onProgress);
    await file.close();
    const path = join(directory, image.hash);
    await rename(part, path);
    return path;
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(part, { force: true });
    throw error;
  }
}

async function writeChecked(
  image: ImageDescription,
  file: FileHandle,
  bytes: AsyncIterable<Uint8Array>,
  onProgress: DownloadOptions['onProgress'],
): Promise<void> {
  const hash = createHash(image.hashAlgorithm);
  let written = 0;
  for await (const chunk of bytes) {
    hash.update(chunk);
    await (isZero(chunk) ? file.truncate(written + chunk.length) : writeAt(file, chunk, written));
    written += chunk.length;
    onProgress?.(written);
    if (written > image.size) {
      break;
    }
  }
  if (written !== image.size || hash.digest('hex') !== image.hash) {
    throw new Fault('IMAGE_CORRUPT', { image: image.id });
  }
  await file.sync();
}

const zeros = Buffer.alloc(64 * 1024);

/**
 * Zeros become holes: they take no room, and programs that look for data skip them. The file's length includes them.
 */
function isZero(chunk: Uint8Array): boolean {
  for (let at = 0; at < chunk.length; at += zeros.length) {
    const part = chunk.subarray(at, at + zeros.length);
    if (zeros.compare(part, 0, part.length, 0, part.length) !== 0) {
      return false;
    }
  }
  return true;
}

async function writeAt(file: FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, at + done);
    done += bytesWritten;
  }
}

const abandonedAfterMs = 3_600_000;

/** Removes half-written files of killed processes. The file of a live download keeps growing, even for zeros. */
async function removeAbandoned(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    const path = join(directory, name);
    const file = name.endsWith('.part') ? await stat(path).catch(() => undefined) : undefined;
    if (file !== undefined && Date.now() - file.mtimeMs > abandonedAfterMs) {
      await rm(path, { force: true });
    }
  }
}
