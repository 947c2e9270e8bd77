import { crc32 } from 'node:zlib';
import type { ImageFacts } from '@metalcast/contracts';
import { endOf, sectorBytes, type Extent } from '../table/extent.js';
import { isGptHeader, isSealed } from '../table/gpt.js';
import { readTable, tableFactsOf, type Table } from '../table/table-facts.js';
import type { Edges } from './edges.js';

const efiSystem = { mbr: 0xef, gpt: 'c12a7328-f81f-11d2-ba4b-00a0c93ec93b' };
const biosBoot = '21686148-6449-6e6f-744e-656564454649';
const basicData = 'ebd0a0a2-b9e5-4433-87c0-68b6b72699c7';
/** Partition types of FAT. UEFI firmware looks for a loader in any FAT file system. */
const fatTypes: readonly number[] = [0x01, 0x04, 0x06, 0x0b, 0x0c, 0x0e, efiSystem.mbr];
const bootCodeBytes = 440;

/** What the edges of a disk show. Pure; never throws, whatever they hold. */
export function diskFacts(edges: Edges): ImageFacts {
  const { head } = edges;
  const table = readTable(head);
  return {
    ...tableFactsOf(head, table),
    ...partitionFacts(table),
    backup: table.kind === 'gpt' || table.kind === 'damaged' ? backupOf(edges) : null,
    bios_boot_code: head.subarray(0, bootCodeBytes).some((byte) => byte !== 0),
  };
}

type PartitionFacts = Pick<
  ImageFacts,
  'partitions' | 'last_partition' | 'bios_boot_partition' | 'efi_system_partition' | 'efi_readable'
>;

function partitionFacts(table: Table): PartitionFacts {
  switch (table.kind) {
    case 'none':
    case 'damaged':
      return {
        ...{ partitions: 0, last_partition: null, bios_boot_partition: false },
        ...{ efi_system_partition: false, efi_readable: false },
      };
    case 'mbr': {
      const { entries } = table;
      const has = (...types: readonly number[]): boolean =>
        entries.some(({ type }) => types.includes(type));
      return {
        partitions: entries.length,
        last_partition: lastOf(entries.map((entry) => ({ ...entry, number: entry.slot + 1 }))),
        bios_boot_partition: false,
        efi_system_partition: has(efiSystem.mbr),
        efi_readable: has(...fatTypes),
      };
    }
    case 'gpt': {
      const { used } = table.gpt;
      const has = (...types: readonly string[]): boolean =>
        used.some(({ typeGuid }) => types.includes(typeGuid));
      return {
        partitions: used.length,
        last_partition: lastOf(used),
        bios_boot_partition: has(biosBoot),
        efi_system_partition: has(efiSystem.gpt),
        efi_readable: has(efiSystem.gpt, basicData),
      };
    }
  }
}

const lastOf = (partitions: readonly (Extent & { readonly number: number })[]): number | null =>
  partitions.toSorted((a, b) => endOf(b) - endOf(a))[0]?.number ?? null;

/** The copy of a GUID partition table is in the last sectors: its header in the very last one. */
function backupOf({ tail, size }: Edges): NonNullable<ImageFacts['backup']> {
  const header = tail.subarray(Math.max(0, tail.length - sectorBytes));
  if (!isGptHeader(header)) {
    return 'missing';
  }
  const start = Number(header.readBigUInt64LE(72)) * sectorBytes - (size - tail.length);
  const length = header.readUInt32LE(80) * header.readUInt32LE(84);
  const entries = start < 0 ? undefined : tail.subarray(start, start + length);
  const isSound =
    isSealed(header) && entries?.length === length && crc32(entries) === header.readUInt32LE(88);
  return isSound ? 'sound' : 'damaged';
}
