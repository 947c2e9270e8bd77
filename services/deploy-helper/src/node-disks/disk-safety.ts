import type { AgentHello } from '@metalcast/contracts';
import { Fault } from '@metalcast/domain';
import { biosDriveOf } from './bios-drive.js';
import { diskList, type AgentDisk, type DiskChoice } from './choose-disk.js';

type Told = Pick<AgentHello, 'disks' | 'protocol' | 'firmware' | 'config_labels' | 'bios_drives'>;

export interface DiskPlan extends DiskChoice {
  /** Undefined on UEFI, and for an only disk of which the BIOS reports nothing: that disk is the first. */
  readonly biosDrive: number | undefined;
}

/**
 * Returns the plan if the machine would boot the written disk, and would find no config drive of others on its other
 * disks.
 * Faults: RAMDISK_TOO_OLD, DISK_FOREIGN_CONFIG, DISK_ORDER_UNKNOWN.
 */
export function planDisks(node: string, hello: Told, choice: DiskChoice): DiskPlan | Fault {
  const { disks, protocol } = hello;
  if (disks.length > 1 && protocol < 2) {
    return new Fault('RAMDISK_TOO_OLD', { node, disks: disks.length });
  }
  const places = foreignConfigs(hello, choice.empties);
  if (places !== '') {
    return new Fault('DISK_FOREIGN_CONFIG', { node, places });
  }
  const biosDrive = hello.firmware === 'uefi' ? undefined : biosDriveOf(choice.disk, hello);
  if (hello.firmware !== 'uefi' && biosDrive === undefined && disks.length > 1) {
    const reason =
      hello.bios_drives.length === 0
        ? 'it reports nothing of its drives (EDD)'
        : 'none of the drives that it reports is surely this one';
    const about = { node, disk: choice.disk.name, reason, disks: diskList(disks) };
    return new Fault('DISK_ORDER_UNKNOWN', about);
  }
  return { ...choice, biosDrive };
}

/** Config drives on disks that are kept, and on media that are no disks for an image. */
function foreignConfigs({ config_labels: labels }: Told, empties: readonly AgentDisk[]): string {
  const emptied = new Set(empties.map(({ name }) => name));
  return labels
    .filter(({ disk }) => !emptied.has(disk))
    .map(({ disk, device, label }) =>
      device === disk ? `${label} on ${disk}` : `${label} on ${device} of disk ${disk}`,
    )
    .join(', ');
}
