import type { ImageFacts } from '@metalcast/contracts';
import type { HostKind } from '../../fleet/host-kind.js';
import { passAll, type KindFilter, type Miss } from '../filter.js';

type Firmware = NonNullable<HostKind['firmware']>;
type Boots = Pick<ImageFacts, 'bios_boot_code' | 'efi_readable'>;

const misses: Readonly<Record<Firmware, Miss>> = {
  bios: {
    reason: 'has BIOS firmware, which finds nothing to start in the image',
    detail: 'no boot code in the first sector',
    change:
      'use an image with a BIOS boot loader, or set the machine to start by UEFI and build on it by its name once (ZONE::NODE), so that this is seen',
  },
  uefi: {
    reason: 'has UEFI firmware, which finds nothing to start in the image',
    detail: 'no FAT partition',
    change:
      'use an image with an EFI system partition, or set the machine to start by BIOS and build on it by its name once (ZONE::NODE), so that this is seen',
  },
};

const starts: Readonly<Record<Firmware, (facts: Boots) => boolean>> = {
  bios: ({ bios_boot_code: code }) => code,
  uefi: ({ efi_readable: readable }) => readable,
};

/**
 * Passes nodes whose firmware finds something to start in the image. A node's firmware is known from its last deploy
 * ramdisk. An image that shows nothing to start at all may be of a kind that is not known here: it passes. Nova has no
 * such filter.
 */
export const imageFirmware: KindFilter = {
  name: 'ImageFirmwareFilter',
  prepare({ image }) {
    const facts = image?.facts;
    if (facts === undefined || !(facts.bios_boot_code || facts.efi_readable)) {
      return passAll;
    }
    return {
      kind: ({ firmware }) =>
        firmware === null || starts[firmware](facts) ? undefined : misses[firmware],
    };
  },
};
