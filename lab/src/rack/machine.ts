import type { RackDisk, RackNode } from './node.js';

/**
 * Arguments of QEMU, one a line. `@NIC@` is the network card's place in the boot order, `@DISK1@` that of the first
 * disk, which the BMC decides (chassis.sh). Plain emulation: not every host's KVM starts a common kernel.
 */
export function machineArguments(node: RackNode): string {
  const { folder } = node;
  const args = [
    ['-name', node.name],
    ['-uuid', node.uuid],
    ['-accel', 'tcg'],
    ['-machine', 'pc,graphics=off'],
    // Without an instruction for random numbers a kernel gathers them for seconds before it gives any.
    ['-cpu', 'qemu64,+rdrand'],
    ['-smp', '1'],
    ['-m', String(node.memoryMb)],
    ['-display', 'none'],
    ['-nodefaults'],
    ['-no-user-config'],
    ['-daemonize'],
    ['-pidfile', `${folder}/qemu.pid`],
    // Seen from its folder (chassis.sh): the path of a socket may not be long.
    ['-monitor', 'unix:monitor.sock,server=on,wait=off'],
    ['-chardev', serialDevice(node)],
    ['-serial', 'chardev:serial'],
    ['-netdev', `tap,id=net0,ifname=${node.tap},script=no,downscript=no`],
    [
      '-device',
      [
        `virtio-net-pci,id=nic0,netdev=net0,mac=${node.macs.join()}`,
        ...romOf(node),
        'bootindex=@NIC@',
      ].join(),
    ],
    // In the order of their names: the first one that was built in is vda.
    ...node.disks
      .map((disk, i) => ({ disk, place: i + 1 }))
      .toSorted((a, b) => (a.disk.id < b.disk.id ? -1 : 1))
      .flatMap(diskArguments),
    ...(node.firmware === 'uefi' ? uefiArguments(node) : []),
  ];
  return `${args.flat().join('\n')}\n`;
}

/** UEFI machines boot as servers do: by the firmware's own PXE, which loads iPXE over TFTP. */
const romOf = ({ firmware }: RackNode): string[] => (firmware === 'uefi' ? ['romfile='] : []);

function diskArguments({ disk, place }: { disk: RackDisk; place: number }): string[][] {
  const { id, serial, file } = disk;
  return [
    ['-drive', `if=none,id=${id}-image,file=${file},format=raw,cache=unsafe,discard=unmap`],
    [
      '-device',
      `virtio-blk-pci,id=${id},drive=${id}-image,bootindex=@DISK${place}@,serial=${serial}`,
    ],
  ];
}

/** OVMF: its code, which the package has, and the file in which it keeps its variables, as a machine does in flash. */
const uefiCode = '/usr/share/OVMF/OVMF_CODE_4M.fd';
export const uefiVariables = '/usr/share/OVMF/OVMF_VARS_4M.fd';
/** In the node's folder. */
export const variablesFile = 'variables.fd';

function uefiArguments({ folder }: RackNode): string[][] {
  return [
    ['-drive', `if=pflash,unit=0,format=raw,readonly=on,file=${uefiCode}`],
    ['-drive', `if=pflash,unit=1,format=raw,file=${folder}/${variablesFile}`],
    // Nothing is booted over IPv6 here, and the firmware would try for a minute.
    ['-fw_cfg', 'name=opt/org.tianocore/IPv6PXESupport,string=n'],
  ];
}

/** The BMC connects to it for serial-over-LAN. Its own address keeps the nodes apart. */
export const consolePort = 9100;

function serialDevice({ bmc, serial }: RackNode): string {
  const socket = `host=${bmc.address},port=${consolePort},server=on,wait=off`;
  return `socket,id=serial,${socket},logfile=${serial},logappend=on`;
}
