import type { AgentHello } from '@metalcast/contracts';
import type { AgentDisk } from './choose-disk.js';

type BiosDrive = AgentHello['bios_drives'][number];

/**
 * The number by which a BIOS boots from `disk`, found by what the BIOS reported of its drives to the kernel. Undefined
 * when no drive is surely this disk. A drive is surely this disk when it can be no other disk.
 */
export function biosDriveOf(
  disk: AgentDisk,
  { disks, bios_drives: drives }: Pick<AgentHello, 'disks' | 'bios_drives'>,
): number | undefined {
  const open = new Map(
    drives.map((drive) => [drive.drive, disks.filter((one) => canBe(one, drive))]),
  );
  const known = new Map<AgentDisk, number>();
  for (;;) {
    const found = [...open].find(([, able]) => able.length === 1);
    if (found === undefined) {
      return known.get(disk);
    }
    const [drive, [only]] = found;
    open.delete(drive);
    if (only !== undefined) {
      known.set(only, Math.min(drive, known.get(only) ?? drive));
      for (const [other, able] of open) {
        // A drive that can be only this disk is the same disk by another path.
        open.set(other, able.length > 1 ? able.filter((one) => one !== only) : able);
      }
    }
  }
}

/** True when no property that both report differs. A BIOS counts in the disk's own sectors. */
const canBe = (disk: AgentDisk, { sectors, pci, mbr_signature: signature }: BiosDrive): boolean =>
  agree(sectors || undefined, [disk.size / 512, disk.size / 4096]) &&
  agree(pci, [disk.pci]) &&
  agree(signature, [disk.mbr_signature]);

const agree = <T>(told: T | undefined, possible: readonly (T | undefined)[]): boolean =>
  told === undefined || possible.some((one) => one === undefined || one === told);
