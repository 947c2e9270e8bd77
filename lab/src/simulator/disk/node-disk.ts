import { createHash } from 'node:crypto';
import { existsSync, rmSync, watch } from 'node:fs';
import { open } from 'node:fs/promises';

const mib = 1024 * 1024;
const bootSignatureAt = 510;
const bootSignature = 0xaa55;

/** A node's disk as a sparse file. */
export class NodeDisk {
  constructor(
    readonly file: string,
    /** Bytes. */
    readonly size: number,
  ) {}

  /** Discards all data. Creates a new file, so that a process with the old file open cannot write to the new one. */
  async empty(size = this.size): Promise<void> {
    rmSync(this.file, { force: true });
    const handle = await open(this.file, 'wx', 0o600);
    try {
      await handle.truncate(size);
    } finally {
      await handle.close();
    }
  }

  /** Whether a BIOS finds a boot loader. */
  async isBootable(): Promise<boolean> {
    if (!existsSync(this.file)) {
      return false;
    }
    const handle = await open(this.file, 'r');
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, bootSignatureAt);
      return bytesRead === 2 && buffer.readUInt16LE(0) === bootSignature;
    } finally {
      await handle.close();
    }
  }

  /** sha256 over the extents (`offset:length …`, in bytes); wrong on purpose when `garbles` is set. */
  async digest(extents: string, garbles: boolean): Promise<{ sha256: string; bytes: number }> {
    const hash = createHash('sha256');
    let bytes = 0;
    const handle = await open(this.file, 'r');
    try {
      for (const extent of extents.split(' ').filter((each) => each !== '')) {
        const [offset = 0, length = 0] = extent.split(':').map(Number);
        for (let done = 0; done < length; done += mib) {
          const part = Buffer.alloc(Math.min(mib, length - done));
          await handle.read(part, 0, part.length, offset + done);
          part[0] = (part[0] ?? 0) ^ (garbles ? 1 : 0);
          hash.update(part);
        }
        bytes += length;
      }
    } finally {
      await handle.close();
    }
    return { sha256: hash.digest('hex'), bytes };
  }

  /** Calls `onWrite` once, at the first write after this call. */
  watchFirstWrite(signal: AbortSignal, onWrite: () => void): void {
    const watcher = watch(this.file, { signal }, () => {
      watcher.close();
      onWrite();
    });
    // The watcher ends together with its boot.
    watcher.on('error', () => undefined);
  }
}
