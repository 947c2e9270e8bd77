export type Firmware = 'bios' | 'uefi';

export interface ExtraDisk {
  readonly gb: number;
  /** Whether a BIOS boots from this disk before the system disk. UEFI firmware uses its own boot entries instead. */
  readonly before?: boolean;
}

/** Optional hardware of a single machine. */
export interface NodeHardware {
  readonly firmware: Firmware;
  /** Disks besides the system disk, empty at first, with serial numbers `node1-disk1` and so on. */
  readonly extraDisks: readonly ExtraDisk[];
}

export const plainHardware: NodeHardware = { firmware: 'bios', extraDisks: [] };
