export type Firmware = 'bios' | 'uefi';

export interface ExtraDisk {
  readonly gb: number;
  /** A BIOS tries to start from it before it tries the system disk. UEFI firmware goes by its own entries. */
  readonly before?: boolean;
}

/** What one machine of the rack may have that the others have not. */
export interface NodeHardware {
  readonly firmware: Firmware;
  /** Beside the system disk; empty at first, with the serial numbers `node1-disk1` and so on. */
  readonly extraDisks: readonly ExtraDisk[];
}

export const plainHardware: NodeHardware = { firmware: 'bios', extraDisks: [] };
