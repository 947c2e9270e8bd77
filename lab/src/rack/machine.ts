import type { RackDisk, RackNode } from './node.js';

/**
 * Arguments of QEMU, one per line. chassis.sh replaces `@NIC@` and `@DISK1@` with positions in the boot order, which
 * the BMC decides. Plain emulation, because some hosts' KVM cannot start common kernels.
 */
export function machineArguments(node: RackNode): string {
  const { folder } = node;
  const args = [
    ['-name', node.name],
    ['-uuid', node.uuid],
    ['-accel', 'tcg'],
    ['-machine', 'pc,graphics=off'],
    // Without a random number instruction, a kernel waits seconds for entropy.
    ['-cpu', 'qemu64,+rdrand'],
    ['-smp', '1'],
    ['-m', String(node.memoryMb)],
    ['-display', 'none'],
    ['-nodefaults'],
    ['-no-user-config'],
    ['-daemonize'],
    ['-pidfile', `${folder}/qemu.pid`],
    // A relative path (chassis.sh changes into the folder), because a socket's path must be short.
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
    // Sorted by name: the first disk becomes vda.
    ...node.disks
      .map((disk, i) => ({ disk, place: i + 1 }))
      .toSorted((a, b) => (a.disk.id < b.disk.id ? -1 : 1))
      .flatMap(diskArguments),
    ...(node.firmware === 'uefi' ? uefiArguments(node) : []),
  ];
  return `${args.flat().join('\n')}\n`;
}

/** UEFI machines boot like servers: the firmware's own PXE loads iPXE over TFTP. */
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

/** OVMF's code, from the package, and the file for its variables, like a machine's flash. */
const uefiCode = '/usr/share/OVMF/OVMF_CODE_4M.fd';
export const uefiVariables = '/usr/share/OVMF/OVMF_VARS_4M.fd';
/** In the node's folder. */
export const variablesFile = 'variables.fd';

function uefiArguments({ folder }: RackNode): string[][] {
  return [
    ['-drive', `if=pflash,unit=0,format=raw,readonly=on,file=${uefiCode}`],
    ['-drive', `if=pflash,unit=1,format=raw,file=${folder}/${variablesFile}`],
    // Without this, the firmware tries to boot over IPv6 for a minute.
    ['-fw_cfg', 'name=opt/org.tianocore/IPv6PXESupport,string=n'],
  ];
}

/** The BMC connects to this port for serial-over-LAN. Each node has its own address. */
export const consolePort = 9100;

function serialDevice({ bmc, serial }: RackNode): string {
  const socket = `host=${bmc.address},port=${consolePort},server=on,wait=off`;
  return `socket,id=serial,${socket},logfile=${serial},logappend=on`;
}
