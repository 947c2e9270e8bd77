import { imageFacts, type ImageFacts } from '@metalcast/contracts';
import type { Image } from '@metalcast/db';
import { z } from 'zod';

/** What was found in an image, as its API shows it; null: not known, and for kernels and ramdisks. */
export const shownFacts = {
  metalcast_partition_table: imageFacts.shape.table.nullable(),
  metalcast_partition_table_copy: imageFacts.shape.backup,
  metalcast_sector_bytes: z.int().nullable(),
  metalcast_partitions: z.int().nullable(),
  metalcast_free_entries: z.int().nullable(),
  metalcast_last_partition: z.int().nullable(),
  metalcast_firmware: z.string().nullable(),
  metalcast_refused: z.string().nullable(),
};

type ShownFacts = z.output<z.ZodObject<typeof shownFacts>>;

export function factsView({ facts, refused }: Pick<Image, 'facts' | 'refused'>): ShownFacts {
  const found = storedFacts(facts);
  return { ...(found === undefined ? unknown : known(found)), metalcast_refused: refused };
}

const unknown = Object.fromEntries(
  Object.keys(shownFacts).map((name) => [name, null]),
) as ShownFacts;

const known = (found: ImageFacts): Omit<ShownFacts, 'metalcast_refused'> => ({
  metalcast_partition_table: found.table,
  metalcast_partition_table_copy: found.backup,
  metalcast_sector_bytes: found.sector_bytes,
  metalcast_partitions: found.partitions,
  metalcast_free_entries: found.free_entries,
  metalcast_last_partition: found.last_partition,
  metalcast_firmware: firmwareOf(found),
});

/** Undefined: not inspected, or by a release that stored other facts. */
export const storedFacts = (facts: unknown): ImageFacts | undefined =>
  imageFacts.safeParse(facts).data;

/** The kinds of firmware that find something to start. */
function firmwareOf({ bios_boot_code: bios, efi_readable: uefi }: ImageFacts): string {
  const kinds = [...(bios ? ['bios'] : []), ...(uefi ? ['uefi'] : [])];
  return kinds.length === 0 ? 'unknown' : kinds.join(', ');
}
