import type { Firmware, NodeHardware } from './hardware.js';

/** The properties of a machine in the rack that enrolment needs. */
export interface RackNode {
  readonly name: string;
  /** The uuid in its firmware (SMBIOS). */
  readonly uuid: string;
  readonly bmc: {
    readonly address: string;
    readonly port: number;
    readonly user: string;
    /** File (0600) that contains only the password. */
    readonly passwordFile: string;
  };
  readonly macs: readonly string[];
  /** File with the complete output of its serial console. */
  readonly serial: string;
  /** Tap of its provisioning cable, see `setCable`. */
  readonly tap: string;
  readonly memoryMb: number;
  /** Size of the system disk. */
  readonly diskGb: number;
  readonly firmware: Firmware;
  /** All disks, in the firmware's boot order. */
  readonly disks: readonly RackDisk[];
  readonly folder: string;
}

export interface RackDisk {
  /** `disk0` is the system disk, then `disk1` and so on. */
  readonly id: string;
  readonly serial: string;
  readonly gb: number;
  /** Raw image file. */
  readonly file: string;
}

export interface NodeSize {
  readonly memoryMb: number;
  readonly diskGb: number;
}

export interface NodeLabel {
  /** From 1. */
  readonly index: number;
  readonly uuid: string;
  readonly size: NodeSize;
  readonly hardware: NodeHardware;
  /** Folder of the rack. */
  readonly folder: string;
}

export const nodeName = (index: number): string => `node${index}`;

export function rackNode({ index, uuid, size, hardware, folder }: NodeLabel): RackNode {
  const name = nodeName(index);
  return {
    name,
    uuid,
    bmc: {
      address: `10.78.0.${10 + index}`,
      port: 623,
      user: 'admin',
      passwordFile: `${folder}/passwords/${name}`,
    },
    macs: [`52:54:00:77:00:${index.toString(16).padStart(2, '0')}`],
    serial: `${folder}/${name}/serial.log`,
    tap: `tap${index}`,
    ...size,
    firmware: hardware.firmware,
    disks: rackDisks(name, size.diskGb, hardware, `${folder}/${name}`),
    folder: `${folder}/${name}`,
  };
}

function rackDisks(
  name: string,
  systemGb: number,
  { firmware, extraDisks }: NodeHardware,
  folder: string,
): readonly RackDisk[] {
  const system = { id: 'disk0', serial: name, gb: systemGb, file: `${folder}/disk.img` };
  const extra = extraDisks.map(({ gb, before = false }, i) => {
    const id = `disk${i + 1}`;
    return { before, disk: { id, serial: `${name}-${id}`, gb, file: `${folder}/${id}.img` } };
  });
  if (firmware === 'uefi') {
    // When the BMC requests network boot, OVMF sorts all boot entries by these positions, at the deploy ramdisk's
    // restart too.
    return [system, ...extra.map(({ disk }) => disk)];
  }
  return [
    ...extra.filter(({ before }) => before).map(({ disk }) => disk),
    system,
    ...extra.filter(({ before }) => !before).map(({ disk }) => disk),
  ];
}
