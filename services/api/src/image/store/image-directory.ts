import { createHash, randomUUID } from 'node:crypto';
import type { ReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import { EdgeKeeper, type Edges } from '@metalcast/disk-image';
import type { Image } from '@metalcast/db';
import { Fault } from '@metalcast/domain';
import type { ApiConfig } from '../../config.js';
import { API_CONFIG } from '../../context/injection-tokens.js';

/** A complete upload on disk, under a name that nobody else knows yet. */
export interface Received {
  readonly path: string;
  /** Where work files may stand beside it. */
  readonly folder: string;
  readonly edges: Edges;
  readonly size: number;
  readonly sha256: string;
  readonly md5: string;
}

export interface ReceiveOptions {
  readonly maxBytes: number;
  /** The longest silence of the sender. */
  readonly silenceMs: number;
  /**
   * The least bytes in each `slowMs` of waiting for the sender: a trickling sender would hold a lease and a file for
   * ever.
   */
  readonly slowMs: number;
  readonly slowBytes: number;
  readonly signal: AbortSignal;
}

export interface ByteRange {
  /** The offsets of the first and the last byte. */
  readonly start: number;
  readonly end: number;
}

/** An image that has its bytes. */
export type StoredImage = Pick<Image, 'id' | 'sha256' | 'size'>;

/** Image bytes in a directory: running uploads in `incoming/`, complete ones in `sha256/` under their hashes. */
@Injectable()
export class ImageDirectory {
  /** For work files, as well as for uploads. */
  readonly incoming: string;
  private readonly kept: string;

  constructor(@Inject(API_CONFIG) { imageDirectory: path }: Pick<ApiConfig, 'imageDirectory'>) {
    this.incoming = join(path, 'incoming');
    this.kept = join(path, 'sha256');
  }

  /**
   * Stores the bytes of `source` chunk by chunk. A failure leaves no file. Faults: TOO_LARGE; REQUEST_TIMEOUT for a
   * silent or slow sender; BAD_REQUEST when it goes away; UNAVAILABLE when the disk is full.
   */
  async receive(source: Readable, options: ReceiveOptions): Promise<Received> {
    await Promise.all([this.incoming, this.kept].map((path) => mkdir(path, { recursive: true })));
    const path = join(this.incoming, randomUUID());
    const file = await open(path, 'wx', 0o640);
    try {
      const received = await copy(source, file, options);
      await file.sync();
      return { path, folder: this.incoming, ...received };
    } catch (error) {
      await rm(path, { force: true });
      throw isDiskFull(error)
        ? new Fault('UNAVAILABLE', { reason: 'The image store is full.' }, { cause: error })
        : error;
    } finally {
      await file.close();
    }
  }

  /** Moves the bytes to their final name. Idempotent. */
  async keep({ path, sha256 }: Received): Promise<void> {
    await rename(path, this.pathOf(sha256)).catch(async (error: unknown) => {
      if (!(await this.has(sha256))) {
        throw error;
      }
    });
    await syncDirectory(this.kept);
  }

  async discard({ path }: Received): Promise<void> {
    await rm(path, { force: true });
  }

  async remove(sha256: string): Promise<void> {
    await rm(this.pathOf(sha256), { force: true });
  }

  /**
   * The bytes of an image. They stay readable when they are removed meanwhile. Faults: IMAGE_MISSING without a file,
   * IMAGE_CORRUPT when it has another size than it was stored with.
   */
  async read(image: StoredImage, range?: ByteRange): Promise<ReadStream> {
    const file = await open(await this.complete(image)).catch((error: unknown) => {
      throw missingOr(error, image);
    });
    return file.createReadStream(range);
  }

  /** The file of the image's bytes. Faults: those of `read`. */
  async complete(image: StoredImage): Promise<string> {
    const path = this.pathOf(image.sha256 ?? '');
    const { size } = await stat(path).catch((error: unknown) => {
      throw missingOr(error, image);
    });
    if (BigInt(size) !== image.size) {
      throw new Fault('IMAGE_CORRUPT', { image: image.id });
    }
    return path;
  }

  /** The hashes of files that were kept at `before` or earlier. */
  async keptBefore(before: Date): Promise<string[]> {
    return olderThan(this.kept, before);
  }

  /** Removes incomplete uploads of dead processes; a running upload keeps changing its file. */
  async removeIncomingBefore(before: Date): Promise<void> {
    for (const name of await olderThan(this.incoming, before)) {
      await rm(join(this.incoming, name), { recursive: true, force: true });
    }
  }

  private pathOf(sha256: string): string {
    return join(this.kept, sha256);
  }

  private async has(sha256: string): Promise<boolean> {
    return stat(this.pathOf(sha256)).then(
      () => true,
      () => false,
    );
  }
}

/** Other errors, of rights or of the disk, are about the store, and not about the image. */
const missingOr = (error: unknown, { id }: StoredImage): unknown =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT'
    ? new Fault('IMAGE_MISSING', { image: id }, { cause: error })
    : error;

type Chunks = NodeJS.AsyncIterator<Buffer, undefined>;

async function copy(
  source: Readable,
  file: FileHandle,
  options: ReceiveOptions,
): Promise<Omit<Received, 'path' | 'folder'>> {
  const { maxBytes, silenceMs, signal } = options;
  const speed = new SenderSpeed(options);
  const sha256 = createHash('sha256');
  const md5 = createHash('md5');
  const edges = new EdgeKeeper();
  let size = 0;
  // The source stays open after a refusal: the client reads the answer only after it has sent everything.
  const chunks = source.iterator({ destroyOnReturn: false }) as Chunks;
  try {
    for (;;) {
      const asked = performance.now();
      const chunk = await nextChunk(chunks, silenceMs, signal);
      if (chunk === undefined) {
        const hashes = { sha256: sha256.digest('hex'), md5: md5.digest('hex') };
        return { size, edges: edges.edges(), ...hashes };
      }
      speed.add(chunk.length, performance.now() - asked);
      size += chunk.length;
      if (size > maxBytes) {
        throw new Fault('TOO_LARGE', { reason: `An image may have at most ${maxBytes} bytes.` });
      }
      sha256.update(chunk);
      md5.update(chunk);
      edges.add(chunk);
      await writeAll(file, chunk);
    }
  } finally {
    readOn(source, chunks);
  }
}

/** Counts the time of waiting for the sender, not the time in which the sender waits for our disk. */
class SenderSpeed {
  private waitedMs = 0;
  private bytes = 0;

  constructor(private readonly options: Pick<ReceiveOptions, 'slowMs' | 'slowBytes'>) {}

  add(bytes: number, waitedMs: number): void {
    const { slowMs, slowBytes } = this.options;
    this.waitedMs += waitedMs;
    this.bytes += bytes;
    if (this.waitedMs < slowMs) {
      return;
    }
    if (this.bytes < slowBytes) {
      const reason = `The upload is too slow: ${this.bytes} bytes in ${slowMs} ms, of at least ${slowBytes}.`;
      throw new Fault('REQUEST_TIMEOUT', { reason });
    }
    this.waitedMs = 0;
    this.bytes = 0;
  }
}

function readOn(source: Readable, chunks: Chunks): void {
  // Nothing else listens for the error of a sender that breaks off.
  source.on('error', () => undefined);
  Promise.resolve(chunks.return?.())
    .catch(() => undefined)
    .finally(() => {
      // The stream notices one tick later that its iterator has ended; resuming earlier has no effect.
      setImmediate(() => source.resume());
    });
}

async function nextChunk(
  chunks: Chunks,
  silenceMs: number,
  signal: AbortSignal,
): Promise<Buffer | undefined> {
  let stop: (() => void) | undefined;
  const stopped = new Promise<never>((_, reject) => {
    const timer = setTimeout(() => {
      reject(new Fault('REQUEST_TIMEOUT', { reason: `Nothing was sent for ${silenceMs} ms.` }));
    }, silenceMs);
    const onAbort = (): void => {
      reject(new Fault('CONFLICT', { reason: 'Another upload has taken over.' }));
    };
    signal.addEventListener('abort', onAbort, { once: true });
    stop = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    };
  });
  try {
    const next = await Promise.race([chunks.next(), stopped]);
    return next.done === true ? undefined : next.value;
  } catch (error) {
    if (error instanceof Fault) {
      throw error;
    }
    throw new Fault('BAD_REQUEST', { reason: 'The upload ended early.' }, { cause: error });
  } finally {
    stop?.();
  }
}

async function writeAll(file: FileHandle, chunk: Buffer): Promise<void> {
  for (let done = 0; done < chunk.length;) {
    const { bytesWritten } = await file.write(chunk, done);
    done += bytesWritten;
  }
}

async function olderThan(path: string, before: Date): Promise<string[]> {
  const names = await readdir(path).catch(() => []);
  const old: string[] = [];
  for (const name of names) {
    const file = await stat(join(path, name)).catch(() => undefined);
    if (file !== undefined && file.mtime < before) {
      old.push(name);
    }
  }
  return old;
}

/** A rename survives a crash only when its directory was synced too. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path);
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

const isDiskFull = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
