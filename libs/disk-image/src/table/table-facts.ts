import type { TableFacts } from '@metalcast/contracts';
import { ceilTo, endOf, mib, sectorBytes, type Extent } from './extent.js';
import { backupBytes, isGptHeader, readGpt, type Gpt } from './gpt.js';
import { freeSlots, protectiveType, readMbr, type MbrEntry } from './mbr.js';

/** What is read of an image to know its table: its first MiB, or all of it. */
export const headBytes = mib;

/** The table of an image, read from its head. */
export type Table =
  | { readonly kind: 'none' | 'damaged' }
  | { readonly kind: 'mbr'; readonly entries: readonly MbrEntry[] }
  | { readonly kind: 'gpt'; readonly gpt: Gpt };

/** The sectors of disks that are not made for PCs of old. */
const largeSectorBytes = 4096;

export function readTable(head: Buffer): Table {
  const entries = readMbr(head);
  if (entries === undefined) {
    return { kind: 'none' };
  }
  if (!entries.some(({ type }) => type === protectiveType)) {
    return { kind: 'mbr', entries };
  }
  const gpt = readGpt(head);
  return gpt === undefined ? { kind: 'damaged' } : { kind: 'gpt', gpt };
}

export function tableFactsOf(head: Buffer, table = readTable(head)): TableFacts {
  const facts = { table: table.kind, sector_bytes: sectorBytes, backup_bytes: 0 } as const;
  switch (table.kind) {
    case 'none':
      return { ...facts, free_entries: 0, used_bytes: 0 };
    case 'damaged':
      return { ...facts, free_entries: 0, used_bytes: 0, sector_bytes: sectorBytesIn(head) };
    case 'mbr': {
      const free = freeSlots(table.entries).length;
      return { ...facts, free_entries: free, used_bytes: endOfAll(table.entries) };
    }
    case 'gpt': {
      const { freeEntries, used } = table.gpt;
      return {
        ...{ ...facts, free_entries: freeEntries.length, used_bytes: endOfAll(used) },
        backup_bytes: backupBytes(table.gpt),
      };
    }
  }
}

const sectorBytesIn = (head: Buffer): 512 | 4096 =>
  !isGptHeader(head.subarray(sectorBytes)) && isGptHeader(head.subarray(largeSectorBytes))
    ? largeSectorBytes
    : sectorBytes;

/** A table may name more sectors than any disk has. */
const endOfAll = (used: readonly Extent[]): number =>
  Math.min(Math.max(0, ...used.map(endOf)), Number.MAX_SAFE_INTEGER);

/** The partitions that Metalcast adds to those of the image. */
export type Role = 'swap1' | 'config-2';

export interface Wanted {
  readonly role: Role;
  /** Bytes, whole MiB. */
  readonly length: number;
}

/** The least that a config drive takes; more only for much user data. */
export const leastConfigDriveBytes = 4 * mib;

/** The partitions that a server needs beside those of its image; 0: not that one. */
export function wantedPartitions(swapMb: number, configDriveBytes: number): Wanted[] {
  return [
    ...(swapMb > 0 ? [{ role: 'swap1' as const, length: swapMb * mib }] : []),
    ...(configDriveBytes > 0 ? [{ role: 'config-2' as const, length: configDriveBytes }] : []),
  ];
}

/** Why the partitions cannot be added to the table, whatever the disk's size; undefined: they can. */
export function whyNoPlace(facts: TableFacts, wanted: readonly Wanted[]): string | undefined {
  const names = wanted.map(({ role }) => role).join(' and ');
  switch (facts.table) {
    case 'none':
      return wanted.length === 0
        ? undefined
        : `it has no partition table to which ${names} could be added`;
    case 'damaged':
      return facts.sector_bytes === sectorBytes
        ? 'its GUID partition table is damaged'
        : `its GUID partition table is made for disks with sectors of ${facts.sector_bytes} bytes, not ${sectorBytes}`;
    case 'mbr':
    case 'gpt': {
      const { free_entries: free } = facts;
      return free < wanted.length
        ? `its partition table has ${free} free places, ${names} need ${wanted.length}`
        : undefined;
    }
  }
}

/** The least disk, in bytes, for an image of `imageBytes` with the partitions behind its own. */
export function leastDiskBytes(
  facts: TableFacts,
  imageBytes: number,
  wanted: readonly Wanted[],
): number {
  if (wanted.length === 0) {
    return imageBytes;
  }
  const added = wanted.reduce((sum, { length }) => sum + length, 0);
  const from = ceilTo(Math.max(mib, facts.used_bytes), mib);
  return Math.max(imageBytes, from + added + facts.backup_bytes);
}
