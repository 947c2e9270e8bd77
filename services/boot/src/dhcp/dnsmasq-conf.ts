import type { ProvisioningSubnet } from '@metalcast/db/boot';
import { formatIpv4, parseCidr } from '@metalcast/domain';
import { noLoaderTag } from './firmware.js';

export interface DhcpFiles {
  /** The file of all hosts, one per line; read at the start and at SIGHUP. */
  readonly hosts: string;
  readonly leases: string;
  readonly conf: string;
}

export interface DhcpSettings {
  readonly files: DhcpFiles;
  readonly interface: string;
  readonly address: string;
  /** The URL of iPXE's script; iPXE fills in `${…}` itself. */
  readonly scriptUrl: string;
  readonly biosLoader: string;
  readonly uefiLoader: string;
  /** The URL of the loader for firmware that boots over HTTP. */
  readonly uefiHttpLoader: string;
  readonly leaseSeconds: number;
  /** An IPv6 prefix of the interface to be advertised, for example `fd77::`; undefined: none. */
  readonly ipv6Prefix: string | undefined;
}

const ethernetMtu = 1500;

/** dnsmasq's configuration: DHCP only, and only for known machines. */
export function dnsmasqConf(settings: DhcpSettings, subnet: ProvisioningSubnet): string {
  return `${[
    ...process(settings),
    ...addresses(settings, subnet),
    ...loaders(settings),
    ...skipIpxeWaits(settings),
  ].join('\n')}\n`;
}

function process({ files, interface: name }: DhcpSettings): string[] {
  return [
    'port=0',
    // Empty: dnsmasq keeps the service's user. A change of user would cancel that dnsmasq dies with the service.
    'user=',
    'group=',
    'pid-file=',
    'no-resolv',
    'no-hosts',
    'log-dhcp',
    `interface=${name}`,
    'bind-interfaces',
    'except-interface=lo',
    `dhcp-hostsfile=${files.hosts}`,
    `dhcp-leasefile=${files.leases}`,
    // Above its default limit of 1000 leases dnsmasq gives no address, and does not start with a larger lease file.
    'dhcp-lease-max=1000000',
  ];
}

function addresses({ leaseSeconds }: DhcpSettings, subnet: ProvisioningSubnet): string[] {
  const cidr = parseCidr(subnet.cidr);
  if (cidr === undefined) {
    throw new Error(`subnet ${subnet.cidr} is no IPv4 network`);
  }
  const mask = formatIpv4((2 ** 32 - 2 ** (32 - cidr.prefix)) >>> 0);
  return [
    `dhcp-range=${formatIpv4(cidr.first)},static,${mask},${leaseSeconds}`,
    'dhcp-authoritative',
    // Loader, ramdisk and system send different client ids; the network card is the same for all.
    'dhcp-ignore-clid',
    // An option without a value is not sent; without the line dnsmasq would announce itself.
    ['dhcp-option=option:router', subnet.gatewayIp ?? ''].filter(Boolean).join(','),
    ['dhcp-option=option:dns-server', ...subnet.dnsNameservers].join(','),
    ...(subnet.mtu === ethernetMtu ? [] : [`dhcp-option=option:mtu,${subnet.mtu}`]),
  ];
}

/**
 * iPXE (option 175) gets its script's URL. Other clients get a loader, chosen by the firmware type that they send
 * (option 93): over TFTP (RFC 4578), or over HTTP, where the specification of UEFI requires an answer with option 60.
 * Firmware older than option 93 sends its type in its vendor class, or is a BIOS.
 */
function loaders({ address, scriptUrl, ...loader }: DhcpSettings): string[] {
  return [
    'dhcp-match=set:ipxe,175',
    'dhcp-match=set:arch,option:client-arch',
    'dhcp-match=set:bios,option:client-arch,0',
    'dhcp-match=set:uefi,option:client-arch,7',
    'dhcp-match=set:uefi,option:client-arch,9',
    'dhcp-match=set:uefi-http,option:client-arch,16',
    'dhcp-vendorclass=set:firmware,PXEClient',
    'dhcp-vendorclass=set:firmware,HTTPClient',
    'dhcp-vendorclass=set:pxe,PXEClient',
    'dhcp-vendorclass=set:pxe-arch,PXEClient:Arch:',
    'dhcp-vendorclass=set:pxe-bios,PXEClient:Arch:00000',
    'dhcp-vendorclass=set:pxe-uefi,PXEClient:Arch:00007',
    'dhcp-vendorclass=set:pxe-uefi,PXEClient:Arch:00009',
    'tag-if=set:bios,tag:!arch,tag:pxe,tag:!pxe-arch',
    'tag-if=set:bios,tag:!arch,tag:pxe-bios',
    'tag-if=set:uefi,tag:!arch,tag:pxe-uefi',
    `tag-if=set:${noLoaderTag},tag:firmware,tag:!ipxe,tag:!bios,tag:!uefi,tag:!uefi-http`,
    'dhcp-option-force=tag:!ipxe,tag:uefi-http,option:vendor-class,HTTPClient',
    `dhcp-boot=tag:ipxe,${scriptUrl},,${address}`,
    `dhcp-boot=tag:!ipxe,tag:bios,${loader.biosLoader},,${address}`,
    `dhcp-boot=tag:!ipxe,tag:uefi,${loader.uefiLoader},,${address}`,
    `dhcp-boot=tag:!ipxe,tag:uefi-http,${loader.uefiHttpLoader},,${address}`,
  ];
}

/** Without these options iPXE waits about 13 s for an IPv6 router and 2 s for a proxy DHCP server. */
function skipIpxeWaits({ ipv6Prefix, interface: name }: DhcpSettings): string[] {
  return [
    'no-ping',
    'dhcp-option=encap:175,176,1b',
    ...(ipv6Prefix === undefined
      ? []
      : [`dhcp-range=${ipv6Prefix},ra-only,64,10m`, 'enable-ra', `ra-param=${name},10,0`]),
  ];
}
