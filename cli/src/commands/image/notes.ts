import type { InspectedImage } from '@metalcast/disk-image';

type Facts = NonNullable<InspectedImage['facts']>;

interface Note {
  readonly applies: (facts: Facts) => boolean;
  readonly text: string;
}

const notes: readonly Note[] = [
  {
    applies: ({ table }) => table === 'none',
    text: 'without a partition table, servers get neither a config drive nor swap: use config_drive=false',
  },
  {
    applies: ({ table, free_entries: free }) => table !== 'none' && free === 0,
    text: 'its table has no free entry: servers get neither a config drive nor swap',
  },
  {
    applies: ({ table, free_entries: free }) => table !== 'none' && free === 1,
    text: 'its table has one free entry: servers get a config drive or swap, not both',
  },
  {
    applies: ({ backup }) => backup === 'missing' || backup === 'damaged',
    text: "the table's copy at its end is not sound; each server gets a new one at the end of its disk",
  },
  {
    applies: ({ bios_boot_code: bios, efi_readable: uefi }) => !bios && !uefi,
    text: 'neither boot code for a BIOS nor a FAT partition for UEFI is seen: it may start nowhere',
  },
  {
    applies: ({ efi_readable: uefi, efi_system_partition: esp }) => uefi && !esp,
    text: 'no EFI system partition: UEFI firmware looks for EFI/BOOT/BOOTX64.EFI in its FAT partition',
  },
];

/** What an operator should know of an image that is accepted. */
export const notesOn = (facts: Facts): string[] =>
  notes.filter(({ applies }) => applies(facts)).map(({ text }) => text);
