// The GUID partition table (UEFI specification, section 5.3).
import { crc32 } from 'node:zlib';
import { sectorBytes, type Extent } from './extent.js';

const signature = 'EFI PART';
const headerCrcOffset = 16;
const minHeaderBytes = 92;
const nameOffset = 56;
const nameCharacters = 36;

export interface GptPartition extends Extent {
  readonly typeGuid: string;
  readonly uniqueGuid: string;
  readonly name: string;
}

export interface GptEntry extends Extent {
  /** Counted from 1, as tools show it. */
  readonly number: number;
  readonly typeGuid: string;
}

/** Sectors 1 to the end of the entries, as read from the start of the disk. */
export interface Gpt {
  readonly header: Buffer;
  readonly entries: Buffer;
  readonly entriesSector: number;
  readonly entryBytes: number;
  readonly used: readonly GptEntry[];
  readonly freeEntries: readonly number[];
}

/** The entries come after the protective MBR and the header (UEFI 2.10, 5.3.2). */
const firstEntriesSector = 2;

/** Whether the sector begins like a header of a table. */
export const isGptHeader = (sector: Buffer): boolean =>
  sector.length >= minHeaderBytes && sector.toString('latin1', 0, 8) === signature;

/** Whether the header's own checksum is right. */
export const isSealed = (header: Buffer): boolean =>
  header.readUInt32LE(headerCrcOffset) === headerCrc(header);

/** The primary table; undefined when it is missing or damaged, or reaches beyond `head`. */
export function readGpt(head: Buffer): Gpt | undefined {
  const header = Buffer.from(head.subarray(sectorBytes, 2 * sectorBytes));
  if (!isGptHeader(header)) {
    return undefined;
  }
  const entriesSector = Number(header.readBigUInt64LE(72));
  const entryBytes = header.readUInt32LE(84);
  const start = entriesSector * sectorBytes;
  const length = header.readUInt32LE(80) * entryBytes;
  const entries = Buffer.from(head.subarray(start, start + length));
  const sound =
    entriesSector >= firstEntriesSector &&
    entryBytes >= 128 &&
    entries.length === length &&
    isSealed(header) &&
    header.readUInt32LE(88) === crc32(entries);
  return sound
    ? { header, entries, entriesSector, entryBytes, ...occupancy(entries, entryBytes) }
    : undefined;
}

function occupancy(entries: Buffer, entryBytes: number): Pick<Gpt, 'used' | 'freeEntries'> {
  const used: GptEntry[] = [];
  const freeEntries: number[] = [];
  for (let index = 0; index * entryBytes < entries.length; index += 1) {
    const entry = entries.subarray(index * entryBytes, (index + 1) * entryBytes);
    if (entry.subarray(0, 16).every((byte) => byte === 0)) {
      freeEntries.push(index);
    } else {
      const first = Number(entry.readBigUInt64LE(32));
      const last = Number(entry.readBigUInt64LE(40));
      used.push({
        ...{ number: index + 1, typeGuid: guidOf(entry.subarray(0, 16)) },
        ...{ offset: first * sectorBytes, length: (last - first + 1) * sectorBytes },
      });
    }
  }
  return { used, freeEntries };
}

/** Bytes that the table's copy takes at the end of a disk. */
export function backupBytes({ entries }: Gpt): number {
  return (Math.ceil(entries.length / sectorBytes) + 1) * sectorBytes;
}

export interface GptImage {
  /** Sector 1 and the entries, to be written where they were read from. */
  readonly header: Buffer;
  readonly entries: Buffer;
  /** Entries and header, for the disk's last sectors. */
  readonly backup: Buffer;
}

/** The table with `added` in its first free entries, and its copy at the end of a disk of `diskBytes`. */
export function extendGpt(gpt: Gpt, diskBytes: number, added: readonly GptPartition[]): GptImage {
  const entries = Buffer.from(gpt.entries);
  added.forEach((partition, index) => {
    writeEntry(entries, (gpt.freeEntries[index] ?? 0) * gpt.entryBytes, partition);
  });
  const lastSector = diskBytes / sectorBytes - 1;
  const backupEntriesSector = (diskBytes - backupBytes(gpt)) / sectorBytes;
  const places = { entries, lastUsable: backupEntriesSector - 1 };
  const backup = Buffer.alloc(backupBytes(gpt));
  entries.copy(backup);
  sealHeader(gpt.header, {
    ...places,
    mine: lastSector,
    other: 1,
    entriesSector: backupEntriesSector,
  }).copy(backup, backup.length - sectorBytes);
  const header = sealHeader(gpt.header, {
    ...places,
    mine: 1,
    other: lastSector,
    entriesSector: gpt.entriesSector,
  });
  return { header, entries, backup };
}

function writeEntry(entries: Buffer, at: number, partition: GptPartition): void {
  guidBytes(partition.typeGuid).copy(entries, at);
  guidBytes(partition.uniqueGuid).copy(entries, at + 16);
  const first = partition.offset / sectorBytes;
  entries.writeBigUInt64LE(BigInt(first), at + 32);
  entries.writeBigUInt64LE(BigInt(first + partition.length / sectorBytes - 1), at + 40);
  entries.writeBigUInt64LE(0n, at + 48);
  entries.write(partition.name.slice(0, nameCharacters), at + nameOffset, 'utf16le');
}

interface Places {
  readonly mine: number;
  readonly other: number;
  readonly entriesSector: number;
  readonly lastUsable: number;
  readonly entries: Buffer;
}

function sealHeader(original: Buffer, places: Places): Buffer {
  const header = Buffer.from(original);
  header.writeBigUInt64LE(BigInt(places.mine), 24);
  header.writeBigUInt64LE(BigInt(places.other), 32);
  header.writeBigUInt64LE(BigInt(places.lastUsable), 48);
  header.writeBigUInt64LE(BigInt(places.entriesSector), 72);
  header.writeUInt32LE(crc32(places.entries), 88);
  header.writeUInt32LE(headerCrc(header), headerCrcOffset);
  return header;
}

/** The checksum covers the header's own length, with the checksum field as zeros. */
function headerCrc(header: Buffer): number {
  const length = Math.min(Math.max(header.readUInt32LE(12), minHeaderBytes), header.length);
  const copy = Buffer.from(header.subarray(0, length));
  copy.writeUInt32LE(0, headerCrcOffset);
  return crc32(copy);
}

/** A GUID as it lies on disk: its first three groups are little-endian. */
const guidBytes = (guid: string): Buffer => swapped(Buffer.from(guid.replaceAll('-', ''), 'hex'));

function guidOf(bytes: Buffer): string {
  const hex = swapped(Buffer.from(bytes)).toString('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

function swapped(guid: Buffer): Buffer {
  guid.subarray(0, 4).reverse();
  guid.subarray(4, 6).reverse();
  guid.subarray(6, 8).reverse();
  return guid;
}
