// Debian packages that the lab, the tests and the builder of images need, each with its reason.
import { existsSync, readFileSync } from 'node:fs';

/** @typedef {{ name: string, why: string }} Package */

/** @type {Package[]} */
const lab = [
  { name: 'rabbitmq-server', why: 'the message broker' },
  { name: 'postgresql', why: 'the database' },
  { name: 'iproute2', why: 'ip: the network namespace with the provisioning network' },
  { name: 'procps', why: 'sysctl: low ports without privileges inside the namespace' },
  { name: 'qemu-system-x86', why: "the rack's nodes" },
  { name: 'seabios', why: "the nodes' firmware" },
  { name: 'ovmf', why: 'firmware of nodes with UEFI' },
  { name: 'ipxe-qemu', why: "the nodes' network cards boot by iPXE" },
  { name: 'qemu-utils', why: 'qemu-img: writes images to disks' },
  { name: 'qemu-block-extra', why: 'qemu-img over iSCSI' },
  { name: 'openipmi', why: "ipmi_sim: the nodes' BMCs" },
  { name: 'ipmitool', why: 'the power service talks to BMCs with it' },
  { name: 'dnsmasq-base', why: 'DHCP on the provisioning network' },
  { name: 'ipxe', why: 'boot loaders for machines without iPXE of their own' },
  { name: 'pxelinux', why: 'boot loader over TFTP' },
  { name: 'syslinux-common', why: "pxelinux's modules" },
  { name: 'tgt', why: "the simulated nodes' disks over iSCSI" },
  { name: 'fdisk', why: 'sfdisk: partition tables of disk images' },
  { name: 'mtools', why: 'files of FAT file systems without mounting them' },
  {
    name: 'dosfstools',
    why: 'mkfs.vfat and fsck.vfat: the test image, and whether config drives are sound',
  },
];

/** @type {Package[]} */
const test = [
  { name: 'busybox-static', why: "the deploy ramdisk's shell and programs, outside of it" },
  { name: 'curl', why: 'asks over TFTP and HTTP as boot loaders do' },
  { name: 'jq', why: "reads the openstack command's answers" },
  { name: 'openssh-client', why: 'ssh-keygen: a key pair for a server' },
  { name: 'python3-oslo.messaging', why: "OpenStack's own client and server, for the wire format" },
  { name: 'python3-openstackclient', why: 'the openstack command, for the HTTP APIs' },
];

/** @type {Package[]} */
const clients = [
  { name: 'python3-tempest', why: "OpenStack's own tests of its APIs" },
  { name: 'python3-openstacksdk', why: "OpenStack's SDK with its functional tests" },
  { name: 'python3-novaclient', why: "Nova's client with its functional tests" },
  { name: 'python3-glanceclient', why: "Glance's client with its functional tests" },
  { name: 'python3-os-client-config', why: "the functional tests of Glance's client" },
];

/** @type {Package[]} */
const image = [
  { name: 'mmdebstrap', why: 'installs Debian into a folder' },
  { name: 'e2fsprogs', why: 'mke2fs: the root file system, without mounting it' },
  { name: 'dosfstools', why: 'mkfs.vfat: the EFI system partition' },
  { name: 'mtools', why: 'files into that partition without mounting it' },
  { name: 'fdisk', why: 'sfdisk: the partition table' },
  { name: 'qemu-utils', why: 'qemu-img: the image as qcow2' },
];

const beyondLab = { lab: [], test, clients };

/**
 * The packages that `purpose` needs, without duplicates.
 * @param {'lab' | 'test' | 'clients' | 'image'} purpose
 * @param {string} root of the checkout
 * @returns {Package[]}
 */
export function neededPackages(purpose, root) {
  if (purpose === 'image') {
    return image;
  }
  const all = [...lab, ...ramdiskPackages(root), ...beyondLab[purpose]];
  return all.filter(({ name }, i) => all.findIndex((other) => other.name === name) === i);
}

/** The build of the ramdisks has its own list, with lines of "package   why". */
function ramdiskPackages(root) {
  const file = `${root}/ramdisk/packages.txt`;
  return existsSync(file) ? parsePackageList(readFileSync(file, 'utf8')) : [];
}

/**
 * @param {string} text
 * @returns {Package[]}
 */
export function parsePackageList(text) {
  return text
    .split('\n')
    .map((line) => line.replace(/^#.*/, '').trim())
    .filter((line) => line !== '')
    .map((line) => {
      const [name, ...why] = line.split(/\s+/);
      return { name, why: why.join(' ') };
    });
}

/**
 * The packages of `needed` that are not installed, from the output of
 * `dpkg-query -W -f '${Package} ${db:Status-Status}\n'`.
 * @param {Package[]} needed
 * @param {string} dpkgOutput
 * @returns {Package[]}
 */
export function missingPackages(needed, dpkgOutput) {
  const installed = new Set(
    dpkgOutput
      .split('\n')
      .map((line) => line.split(' '))
      .filter(([, status]) => status === 'installed')
      .map(([name]) => name),
  );
  return needed.filter(({ name }) => !installed.has(name));
}
