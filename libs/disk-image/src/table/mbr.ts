// The partition table of a PC's master boot record.
import { sectorBytes, type Extent } from './extent.js';

const tableOffset = 446;
const entryBytes = 16;
const slots = 4;
const signatureOffset = 510;

/** Type of a GPT disk's protective entry. */
export const protectiveType = 0xee;

export interface MbrEntry extends Extent {
  readonly slot: number;
  readonly type: number;
}

/**
 * The entries in use; undefined when the sector holds no partition table (a bare file system has a boot sector too).
 */
export function readMbr(head: Buffer): MbrEntry[] | undefined {
  if (head.length < sectorBytes || head.readUInt16LE(signatureOffset) !== 0xaa55) {
    return undefined;
  }
  const entries: MbrEntry[] = [];
  for (let slot = 0; slot < slots; slot += 1) {
    const at = tableOffset + slot * entryBytes;
    const status = head.readUInt8(at);
    if (status !== 0 && status !== 0x80) {
      return undefined;
    }
    const type = head.readUInt8(at + 4);
    const offset = head.readUInt32LE(at + 8) * sectorBytes;
    const length = head.readUInt32LE(at + 12) * sectorBytes;
    if (type !== 0 && length > 0) {
      entries.push({ slot, type, offset, length });
    }
  }
  return entries.length === 0 || entries.some(({ offset }) => offset === 0) ? undefined : entries;
}

/** Slots that no partition uses. */
export function freeSlots(entries: readonly MbrEntry[]): number[] {
  const used = new Set(entries.map(({ slot }) => slot));
  return [0, 1, 2, 3].filter((slot) => !used.has(slot));
}

/** Writes an entry that is addressed by sector only: today's firmware does not read cylinders and heads. */
export function writeMbrEntry(sector: Buffer, { slot, type, offset, length }: MbrEntry): void {
  const at = tableOffset + slot * entryBytes;
  sector.writeUInt8(0, at);
  sector.set([0xfe, 0xff, 0xff, type, 0xfe, 0xff, 0xff], at + 1);
  sector.writeUInt32LE(offset / sectorBytes, at + 8);
  sector.writeUInt32LE(length / sectorBytes, at + 12);
}

/** Makes the protective entry of a GPT disk span `diskBytes`, up to the most that its field can hold. */
export function growProtective(sector: Buffer, diskBytes: number): void {
  for (let slot = 0; slot < slots; slot += 1) {
    const at = tableOffset + slot * entryBytes;
    if (sector.readUInt8(at + 4) === protectiveType && sector.readUInt32LE(at + 8) === 1) {
      sector.writeUInt32LE(Math.min(diskBytes / sectorBytes - 1, 0xffffffff), at + 12);
    }
  }
}
