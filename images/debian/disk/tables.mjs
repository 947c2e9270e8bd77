import { partitions } from '../root/layout.mjs';

export const sector = 512;
const { biosBoot, esp, root } = partitions;

/**
 * Per kind of partition table: the input of sfdisk, and where the second part of GRUB for BIOS begins. The numbers in
 * the GPT are those of Debian's own images. The MBR has two entries left, for a config drive and for swap.
 */
export const tables = {
  gpt: {
    coreAt: biosBoot.at,
    script: [
      'label: gpt',
      'label-id: 6d657461-6c63-4173-8000-000000000000',
      `1: ${place(root)}, type=L, uuid=6d657461-6c63-4173-8000-000000000001`,
      `14: ${place(biosBoot)}, type=21686148-6449-6E6F-744E-656564454649, uuid=6d657461-6c63-4173-8000-00000000000e`,
      `15: ${place(esp)}, type=U, uuid=6d657461-6c63-4173-8000-00000000000f`,
    ],
  },
  mbr: {
    coreAt: sector,
    script: [
      'label: dos',
      'label-id: 0x4d430012',
      `1: ${place(esp)}, type=ef`,
      `2: ${place(root)}, type=83, bootable`,
    ],
  },
};

function place({ at, bytes }) {
  return `start=${at / sector}, size=${bytes / sector}`;
}
