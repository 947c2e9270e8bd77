// Small disks of raw images are written by this process itself: a child for each costs more than the writing.
import { open, type FileHandle } from 'node:fs/promises';
import { Fault } from '@metalcast/domain';
import { layOver, type ComposedDisk } from './compose-disk.js';
import { mib, pieces, sectorBytes, totalLength, type Extent } from './extent.js';
import { LoginRefused } from './iscsi/log-in.js';
import { LogicalUnit } from './iscsi/logical-unit.js';
import { writeDisk, type IscsiTarget, type WriteOptions } from './write-disk.js';

/** More data is left to a process of its own: it would keep this one from its other work. */
const mostBytes = 64 * mib;
/** In one command. */
const pieceBytes = 256 * 1024;
const highestPlainLun = 255;

/** Whether it can be written here: nothing is to be converted, and only data need be written. */
export const isSmallRaw = (
  { image, data }: Pick<ComposedDisk, 'image' | 'data'>,
  { zeroed, lun }: Pick<IscsiTarget, 'zeroed' | 'lun'>,
): boolean =>
  image.format === 'raw' && zeroed && lun <= highestPlainLun && totalLength(data) <= mostBytes;

/** As `writeDisk`, for what `isSmallRaw`. A disk of other blocks than those of 512 bytes is left to it. */
export async function writeSmallDisk(
  disk: ComposedDisk,
  target: IscsiTarget,
  options: WriteOptions,
): Promise<void> {
  const { node, signal, onProgress } = options;
  const total = totalLength(disk.data);
  let done = 0;
  let isWritten: boolean;
  try {
    isWritten = await writeTo(disk, { target, signal }, (bytes) => {
      done += bytes;
      onProgress(done / total);
    });
  } catch (error) {
    signal.throwIfAborted();
    throw writeFault(node, Math.floor((done * 100) / total), error);
  }
  if (!isWritten) {
    await writeDisk(disk, target, options);
  }
}

interface Place {
  readonly target: IscsiTarget;
  readonly signal: AbortSignal;
}

/** False: the disk is not one for this, and nothing was written. */
async function writeTo(
  disk: ComposedDisk,
  { target, signal }: Place,
  onWritten: (bytes: number) => void,
): Promise<boolean> {
  const unit = await LogicalUnit.open(target, signal);
  let image: FileHandle | undefined;
  try {
    const { blockBytes, bytes } = await unit.capacity();
    if (blockBytes !== sectorBytes || bytes < disk.bytes) {
      return false;
    }
    image = await open(disk.image.path);
    const buffer = Buffer.alloc(pieceBytes);
    for (const piece of pieces(disk.data, pieceBytes)) {
      const content = buffer.subarray(0, piece.length);
      await fill(content, piece, { disk, image });
      await unit.write(content, { number: piece.offset / blockBytes, bytes: blockBytes });
      onWritten(piece.length);
    }
    await unit.flush();
    // All is on the disk: what the log-out comes to is of no interest.
    await unit.close().catch(() => undefined);
    return true;
  } finally {
    unit.destroy();
    await image?.close();
  }
}

/** What the disk shall hold there. */
async function fill(
  content: Buffer,
  piece: Extent,
  { disk, image }: { readonly disk: ComposedDisk; readonly image: FileHandle },
): Promise<void> {
  const { bytesRead } = await image.read(content, 0, piece.length, piece.offset);
  content.fill(0, bytesRead);
  layOver(content, piece, disk.patches);
}

function writeFault(node: string, percent: number, cause: unknown): Fault {
  const words = cause instanceof Error ? cause.message : String(cause);
  const reason = words.slice(-300);
  return cause instanceof LoginRefused
    ? new Fault('TARGET_REFUSED', { node, reason }, { evidence: [reason], cause })
    : new Fault('WRITE_FAILED', { node, percent, reason }, { evidence: [reason], cause });
}
