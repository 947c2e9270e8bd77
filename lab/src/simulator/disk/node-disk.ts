import { createHash } from 'node:crypto';
import { existsSync, rmSync, watch } from 'node:fs';
import { open } from 'node:fs/promises';

const mib = 1024 * 1024;
const bootSignatureAt = 510;
const bootSignature = 0xaa55;

/** A node's disk: a sparse file. */
export class NodeDisk {
  constructor(
    readonly file: string,
    /** Bytes. */
    readonly size: number,
  ) {}

  /** Discards everything. A new file, so that whoever still has the old one open writes to nowhere. */
  async empty(size = this.size): Promise<void> {
    rmSync(this.file, { force: true });
    const handle = await open(this.file, 'wx', 0o600);
    try {
      await handle.truncate(size);
    } finally {
      await handle.close();
    }
  }

  /** Whether a BIOS finds something to start. */
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

  /** sha256 of the extents (`offset:length …`, bytes) one after the other; of other bytes when it garbles. */
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

  /** Calls `onWrite` once, when the first bytes come after this call. */
  watchFirstWrite(signal: AbortSignal, onWrite: () => void): void {
    const watcher = watch(this.file, { signal }, () => {
      watcher.close();
      onWrite();
    });
    // A boot that ends takes its watcher along.
    watcher.on('error', () => undefined);
  }
}
