import { open } from 'node:fs/promises';
import { mib } from '../table/extent.js';

/** The first and the last MiB of what passes by, or of a file: all that is needed to know what it is. */
export interface Edges {
  readonly head: Buffer;
  /** Shares bytes with the head when there are less than two MiB. */
  readonly tail: Buffer;
  readonly size: number;
}

export const edgeBytes = mib;

/** Keeps the edges of a stream, in at most twice `edgeBytes`. */
export class EdgeKeeper {
  private readonly head = Buffer.alloc(edgeBytes);
  /** The last bytes; the byte at offset `n` of the stream lies at `n` modulo the ring's length. */
  private ring: Buffer | undefined;
  private size = 0;

  add(chunk: Uint8Array): void {
    const forHead = chunk.subarray(0, Math.max(0, edgeBytes - this.size));
    this.head.set(forHead, Math.min(this.size, edgeBytes - forHead.length));
    const behind = chunk.subarray(forHead.length);
    this.size += forHead.length;
    if (behind.length > 0) {
      this.ring ??= Buffer.from(this.head);
      this.intoRing(this.ring, behind);
    }
  }

  edges(): Edges {
    const { ring, size } = this;
    const head = this.head.subarray(0, size);
    if (ring === undefined) {
      return { head, tail: head, size };
    }
    const at = size % edgeBytes;
    return { head, tail: Buffer.concat([ring.subarray(at), ring.subarray(0, at)]), size };
  }

  private intoRing(ring: Buffer, bytes: Uint8Array): void {
    this.size += bytes.length;
    const last = bytes.subarray(-edgeBytes);
    const at = (this.size - last.length) % edgeBytes;
    ring.set(last.subarray(0, edgeBytes - at), at);
    ring.set(last.subarray(edgeBytes - at), 0);
  }
}

export async function edgesOfFile(path: string): Promise<Edges> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const length = Math.min(size, edgeBytes);
    const head = Buffer.alloc(length);
    const tail = Buffer.alloc(length);
    await file.read(head, 0, length, 0);
    await file.read(tail, 0, length, size - length);
    return { head, tail, size };
  } finally {
    await file.close();
  }
}
