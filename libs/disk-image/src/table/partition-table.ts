import { createHash } from 'node:crypto';
import { Fault } from '@metalcast/domain';
import { ceilTo, endOf, floorTo, mib, sectorBytes, type Extent } from './extent.js';
import { backupBytes, extendGpt, type Gpt } from './gpt.js';
import { freeSlots, growProtective, writeMbrEntry, type MbrEntry } from './mbr.js';
import { readTable, tableFactsOf, whyNoPlace, type Role, type Wanted } from './table-facts.js';

const types: Readonly<Record<Role, { mbr: number; gpt: string }>> = {
  swap1: { mbr: 0x82, gpt: '0657fd6d-a4ab-43c4-84e5-0933c84b4f4f' },
  'config-2': { mbr: 0x0c, gpt: 'ebd0a0a2-b9e5-4433-87c0-68b6b72699c7' },
};

export interface Placed extends Extent {
  readonly role: Role;
}

export interface Patch {
  readonly offset: number;
  readonly bytes: Buffer;
  /** Zeros follow up to this length; none when absent. */
  readonly length?: number;
}

export interface TableEdit {
  readonly placed: readonly Placed[];
  /** Bytes to write over the image's. */
  readonly patches: readonly Patch[];
}

export interface Disk {
  /** The image's first MiB, or all of it. */
  readonly head: Buffer;
  readonly bytes: number;
  /** `image` and `node` name them in faults; the GUIDs of new partitions are derived from `seed`. */
  readonly image: string;
  readonly node: string;
  readonly seed: string;
}

/**
 * Appends partitions to the image's table, at the end of the disk, the last of `wanted` outermost; the image's own
 * partitions stay where they are. The copy of a GPT moves to the disk's end. Pure.
 * Faults: IMAGE_UNSUITABLE (no table, or no free entry in it), DISK_TOO_SMALL.
 */
export function addPartitions(told: Disk, wanted: readonly Wanted[]): TableEdit {
  // A table counts sectors: what a node tells beyond the last whole one cannot be used.
  const disk = { ...told, bytes: floorTo(told.bytes, sectorBytes) };
  const table = readTable(disk.head);
  const reason = whyNoPlace(tableFactsOf(disk.head, table), wanted);
  if (reason !== undefined) {
    throw new Fault('IMAGE_UNSUITABLE', { image: disk.image, reason });
  }
  switch (table.kind) {
    case 'none':
    case 'damaged':
      return { placed: [], patches: [] };
    case 'mbr':
      return addToMbr(disk, table.entries, wanted);
    case 'gpt':
      return addToGpt(disk, table.gpt, wanted);
  }
}

/** The end of what a 32-bit sector number can address. */
const mbrReach = 2 ** 32 * sectorBytes;

function addToMbr(disk: Disk, entries: readonly MbrEntry[], wanted: readonly Wanted[]): TableEdit {
  const free = freeSlots(entries);
  const placed = place(disk, entries, Math.min(disk.bytes, mbrReach), wanted);
  const sector = Buffer.from(disk.head.subarray(0, sectorBytes));
  placed.forEach(({ role, offset, length }, index) => {
    writeMbrEntry(sector, { slot: free[index] ?? 0, type: types[role].mbr, offset, length });
  });
  return { placed, patches: wanted.length === 0 ? [] : [{ offset: 0, bytes: sector }] };
}

function addToGpt(disk: Disk, gpt: Gpt, wanted: readonly Wanted[]): TableEdit {
  const placed = place(disk, gpt.used, disk.bytes - backupBytes(gpt), wanted);
  const added = placed.map(({ role, offset, length }) => ({
    typeGuid: types[role].gpt,
    uniqueGuid: guidOf(disk.seed, role),
    name: role,
    offset,
    length,
  }));
  const { header, entries, backup } = extendGpt(gpt, disk.bytes, added);
  const sector = Buffer.from(disk.head.subarray(0, sectorBytes));
  growProtective(sector, disk.bytes);
  const entriesAt = gpt.entriesSector * sectorBytes;
  const entriesEnd = entriesAt + entries.length;
  // The last entry may end within a sector, and a disk is written by whole ones.
  const rest = disk.head.subarray(entriesEnd, ceilTo(entriesEnd, sectorBytes));
  return {
    placed,
    patches: [
      { offset: 0, bytes: Buffer.concat([sector, header]) },
      { offset: entriesAt, bytes: Buffer.concat([entries, rest]) },
      { offset: disk.bytes - backup.length, bytes: backup },
    ],
  };
}

/** Places the partitions from the end downwards, in whole MiB. */
function place(
  disk: Disk,
  used: readonly Extent[],
  limit: number,
  wanted: readonly Wanted[],
): Placed[] {
  const floor = Math.max(mib, ...used.map(endOf));
  let end = limit;
  const placed = wanted.toReversed().map(({ role, length }) => {
    const offset = floorTo(end - length, mib);
    end = offset;
    return { role, offset, length };
  });
  if (end < floor) {
    throw new Fault('DISK_TOO_SMALL', {
      node: disk.node,
      diskMb: Math.floor(disk.bytes / mib),
      neededMb: Math.ceil((disk.bytes + floor - end) / mib),
    });
  }
  return placed.toReversed();
}

/** The same for every attempt of a deployment: writing a disk again makes the same disk. */
function guidOf(seed: string, role: Role): string {
  const hex = createHash('sha256').update(`${seed}/${role}`).digest('hex');
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 3) | 8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
