import type { Firmware, NodeHardware } from './hardware.js';

/** One machine of the rack, as others see it: what stands on its label. */
export interface RackNode {
  readonly name: string;
  /** Of its firmware (SMBIOS). */
  readonly uuid: string;
  readonly bmc: {
    readonly address: string;
    readonly port: number;
    readonly user: string;
    /** File (0600) with the password alone. */
    readonly passwordFile: string;
  };
  readonly macs: readonly string[];
  /** File with all that it ever wrote to its serial console. */
  readonly serial: string;
  /** Its provisioning cable, see `setCable`. */
  readonly tap: string;
  readonly memoryMb: number;
  /** Of the system disk. */
  readonly diskGb: number;
  readonly firmware: Firmware;
  /** All of them, in the order in which firmware tries to start from them. */
  readonly disks: readonly RackDisk[];
  readonly folder: string;
}

export interface RackDisk {
  /** `disk0`, the system disk, or `disk1` and so on. */
  readonly id: string;
  readonly serial: string;
  readonly gb: number;
  /** Raw image. */
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
  /** The rack's. */
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
    // Asked for the network, OVMF sorts all entries by these places at each start, that of the deploy ramdisk too.
    return [system, ...extra.map(({ disk }) => disk)];
  }
  return [
    ...extra.filter(({ before }) => before).map(({ disk }) => disk),
    system,
    ...extra.filter(({ before }) => !before).map(({ disk }) => disk),
  ];
}
