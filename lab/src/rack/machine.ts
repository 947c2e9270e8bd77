import type { RackNode } from './node.js';

/**
 * Arguments of QEMU, one a line. `@NIC@` is the network card's place in the boot order, which the BMC decides
 * (chassis.sh). Plain emulation: not every host's KVM starts a common kernel.
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
    ['-device', `virtio-net-pci,id=nic0,netdev=net0,mac=${node.macs.join()},bootindex=@NIC@`],
    ['-drive', `if=none,id=disk,file=${folder}/disk.img,format=raw,cache=unsafe,discard=unmap`],
    ['-device', `virtio-blk-pci,id=disk0,drive=disk,bootindex=1,serial=${node.name}`],
  ];
  return `${args.flat().join('\n')}\n`;
}

/** The BMC connects to it for serial-over-LAN. Its own address keeps the nodes apart. */
export const consolePort = 9100;

function serialDevice({ bmc, serial }: RackNode): string {
  const socket = `host=${bmc.address},port=${consolePort},server=on,wait=off`;
  return `socket,id=serial,${socket},logfile=${serial},logappend=on`;
}
