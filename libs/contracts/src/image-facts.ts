import { z } from 'zod';
import { int4 } from './integers.js';

const bytes = z.int().min(0);

/** The partition table at the start of an image, as far as more partitions are added to it. */
export const tableFacts = z.object({
  /** `damaged`: a GUID partition table whose checksums are wrong. */
  table: z.enum(['none', 'mbr', 'gpt', 'damaged']),
  /** Of the disks that the table is made for. */
  sector_bytes: z.union([z.literal(512), z.literal(4096)]),
  free_entries: int4.min(0),
  /** Where the last partition ends; 0 without partitions. */
  used_bytes: bytes,
  /** What the table's copy takes at the end of a disk. */
  backup_bytes: bytes,
});
export type TableFacts = z.output<typeof tableFacts>;

/** What the first and the last MiB of an image's disk show (`images.facts`). */
export const imageFacts = tableFacts.extend({
  /** The copy of a GUID partition table at the image's own end; null for other tables. */
  backup: z.enum(['sound', 'damaged', 'missing']).nullable(),
  partitions: int4.min(0),
  /** The number of the partition that lies last: only that one can grow. */
  last_partition: int4.min(1).nullable(),
  /** The first sector holds boot code. */
  bios_boot_code: z.boolean(),
  bios_boot_partition: z.boolean(),
  efi_system_partition: z.boolean(),
  /** Whether UEFI firmware can look for a loader: in the EFI system partition, or in another FAT partition. */
  efi_readable: z.boolean(),
});
export type ImageFacts = z.output<typeof imageFacts>;
