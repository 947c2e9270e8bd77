import { integer, option } from '@metalcast/config';
import { imageOptions } from '@metalcast/image-client';
import { keyOptions } from '@metalcast/keys';
import { serviceOptions, type ServiceContext } from '@metalcast/service';
import { z } from 'zod';

export const options = {
  ...serviceOptions,
  ...keyOptions('agent'),
  ...imageOptions,
  provisioningInterface: option(
    z.string().min(1).describe('Network interface on the provisioning network'),
  ),
  provisioningAddress: option(
    z.ipv4().describe('IPv4 address of that interface: nodes reach DHCP, TFTP and HTTP there'),
  ),
  provisioningNetwork: option(
    z
      .uuid()
      .optional()
      .describe('Network to serve; by default the one whose subnet contains provisioning_address'),
  ),
  httpPort: option(integer().default(8780).describe('Port of the boot scripts, kernels, ramdisks')),
  tftpPort: option(integer().default(69).describe('Port of the TFTP server')),
  stateDirectory: option(
    z
      .string()
      .default('/var/lib/metalcast/boot')
      .describe('Folder of DHCP files, leases and cached kernels and ramdisks'),
  ),
  cacheMb: option(
    integer()
      .refine((value) => value > 0, 'must be above 0')
      .default(4096)
      .describe(
        'Bound of the cache of kernels and ramdisks, MiB; those used within the last hour are kept beyond it',
      ),
  ),
  leaseSeconds: option(integer().default(3600).describe('Length of a DHCP lease, seconds')),
  deployKernel: option(
    z
      .string()
      .optional()
      .describe('Image id or name of the deploy kernel, unless the flavor has one'),
  ),
  deployRamdisk: option(
    z
      .string()
      .optional()
      .describe('Image id or name of the deploy ramdisk, unless the flavor has one'),
  ),
  deployAppend: option(
    z
      .string()
      .default('console=ttyS0,115200 quiet')
      .describe("Further options on the deploy kernel's command line"),
  ),
  deployTries: option(
    integer()
      .default(3)
      .describe('Deploy boots without a report of the ramdisk, after which a node is switched off'),
  ),
  biosLoader: option(
    z
      .enum(['undionly.kpxe', 'lpxelinux.0', 'pxelinux.0'])
      .default('undionly.kpxe')
      .describe('Loader for BIOS machines whose network card has no iPXE of its own'),
  ),
  uefiLoader: option(
    z
      .enum(['snponly.efi', 'ipxe.efi'])
      .default('snponly.efi')
      .describe('Loader for UEFI machines whose network card has no iPXE of its own'),
  ),
};

export type BootOptions = typeof options;
export type BootContext = ServiceContext<BootOptions>;
