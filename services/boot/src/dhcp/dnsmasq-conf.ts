import type { ProvisioningSubnet } from '@metalcast/db/boot';
import { formatIpv4, parseCidr } from '@metalcast/domain';

export interface DhcpFiles {
  /** All hosts, a line each; read at the start and at SIGHUP. */
  readonly hosts: string;
  readonly leases: string;
  readonly conf: string;
}

export interface DhcpSettings {
  readonly files: DhcpFiles;
  readonly interface: string;
  readonly address: string;
  /** Where iPXE finds its script; it fills in `${…}` itself. */
  readonly scriptUrl: string;
  readonly biosLoader: string;
  readonly uefiLoader: string;
  readonly leaseSeconds: number;
  /** An IPv6 prefix of the interface, e.g. `fd77::`, to be advertised; undefined: none. */
  readonly ipv6Prefix: string | undefined;
}

const ethernetMtu = 1500;

/** dnsmasq's configuration: DHCP alone, for known machines alone. */
export function dnsmasqConf(settings: DhcpSettings, subnet: ProvisioningSubnet): string {
  return `${[
    ...process(settings),
    ...addresses(settings, subnet),
    ...loaders(settings),
    ...haste(settings),
  ].join('\n')}\n`;
}

function process({ files, interface: name }: DhcpSettings): string[] {
  return [
    'port=0',
    // Empty: it stays what the service is. A change would undo that it dies with the service.
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
    // Beyond its own limit of 1000 it gives no address, and does not start with a lease file that holds more.
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
    // Loader, ramdisk and system name themselves differently; the network card is what they share.
    'dhcp-ignore-clid',
    // Without a value the option is not sent; dnsmasq would else name itself.
    ['dhcp-option=option:router', subnet.gatewayIp ?? ''].filter(Boolean).join(','),
    ['dhcp-option=option:dns-server', ...subnet.dnsNameservers].join(','),
    ...(subnet.mtu === ethernetMtu ? [] : [`dhcp-option=option:mtu,${subnet.mtu}`]),
  ];
}

/** iPXE (option 175) gets its script's URL; others a loader by TFTP, by what firmware they say they are (RFC 4578). */
function loaders({ address, scriptUrl, biosLoader, uefiLoader }: DhcpSettings): string[] {
  return [
    'dhcp-match=set:ipxe,175',
    'dhcp-match=set:bios,option:client-arch,0',
    'dhcp-match=set:uefi,option:client-arch,7',
    'dhcp-match=set:uefi,option:client-arch,9',
    `dhcp-boot=tag:ipxe,${scriptUrl},,${address}`,
    `dhcp-boot=tag:!ipxe,tag:bios,${biosLoader},,${address}`,
    `dhcp-boot=tag:!ipxe,tag:uefi,${uefiLoader},,${address}`,
  ];
}

/** iPXE waits about 13 s for an IPv6 router and 2 s for a proxy DHCP server, unless it is told. */
function haste({ ipv6Prefix, interface: name }: DhcpSettings): string[] {
  return [
    'no-ping',
    'dhcp-option=encap:175,176,1b',
    ...(ipv6Prefix === undefined
      ? []
      : [`dhcp-range=${ipv6Prefix},ra-only,64,10m`, 'enable-ra', `ra-param=${name},10,0`]),
  ];
}
