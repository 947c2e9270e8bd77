// Where what lies on the disk. The root partition is the last one, so that it can grow on the machine.
const mib = 1024 * 1024;

/** The size that the image has as a disk. The flavor's `disk` must be at least as large. */
export const diskGib = 2;

/** The last MiB stays free: a GPT ends with its own copy. */
export const partitions = {
  /** Only with a GPT. With an MBR, GRUB for BIOS lies before the first partition. */
  biosBoot: { at: mib, bytes: mib },
  esp: { at: 2 * mib, bytes: 64 * mib },
  root: { at: 66 * mib, bytes: (diskGib * 1024 - 66 - 1) * mib },
};
