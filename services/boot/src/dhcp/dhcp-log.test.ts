import { expect, test } from 'vitest';
import { DhcpLog, type DhcpNews } from './dhcp-log.js';

const mac = '52:54:00:77:00:01';

/** Lines that dnsmasq 2.90 wrote. */
function news(...lines: readonly string[]): DhcpNews[] {
  const log = new DhcpLog();
  return lines.flatMap((line) => log.read(`dnsmasq-dhcp[20429]: ${line}`) ?? []);
}

test('firmware and loaders are recognised before they are reported', () => {
  expect(
    news(
      '2181832245 available DHCP subnet: 10.77.0.0/255.255.255.0',
      '2181832245 vendor class: PXEClient:Arch:00000:UNDI:002001',
      '2181832245 user class: iPXE',
      `2181832245 DHCPDISCOVER(br-prov) ${mac} `,
      '2181832245 tags: known, br-prov',
      `2181832245 DHCPOFFER(br-prov) 10.77.0.101 ${mac} `,
      '2181832245 available DHCP subnet: 10.77.0.0/255.255.255.0',
      '2181832245 vendor class: PXEClient:Arch:00000:UNDI:002001',
      `2181832245 DHCPREQUEST(br-prov) 10.77.0.101 ${mac} `,
      `2181832245 DHCPACK(br-prov) 10.77.0.101 ${mac} `,
    ),
  ).toEqual([
    { kind: 'discover', mac, byLoader: true },
    { kind: 'request', mac, byLoader: true },
  ]);
});

test('firmware without a loader is named by the type that it sends', () => {
  const asks = (vendorClass: string, tags: string): DhcpNews[] =>
    news(
      '5 available DHCP subnet: 10.77.0.0/255.255.255.0',
      `5 vendor class: ${vendorClass}`,
      `5 DHCPDISCOVER(br-prov) ${mac} `,
      `5 tags: ${tags}`,
      `5 DHCPOFFER(br-prov) 10.77.0.101 ${mac} `,
    ).slice(1);
  const unserved = 'known, arch, pxe, pxe-arch, no-loader, br-prov';
  expect(asks('PXEClient:Arch:00011:UNDI:003000', unserved)).toEqual([
    { kind: 'no-loader', mac, firmware: '64-bit ARM UEFI' },
  ]);
  expect(asks('PXEClient:Arch:00031:UNDI:003000', unserved)).toEqual([
    { kind: 'no-loader', mac, firmware: 'type 31' },
  ]);
  expect(asks('PXEClient', unserved)).toEqual([
    { kind: 'no-loader', mac, firmware: 'an unknown type' },
  ]);
  expect(asks('PXEClient:Arch:00007', 'known, arch, uefi, br-prov')).toEqual([]);
});

test('what one packet says is not attributed to the next', () => {
  expect(
    news(
      '1 vendor class: PXEClient:Arch:00000',
      `1 DHCPDISCOVER(br-prov) ${mac} `,
      '2 available DHCP subnet: 10.77.0.0/255.255.255.0',
      `2 DHCPDISCOVER(br-prov) 10.77.0.101 ${mac} `,
      '1 available DHCP subnet: 10.77.0.0/255.255.255.0',
      '1 vendor class: udhcp 1.35.0',
      `1 DHCPDISCOVER(br-prov) ${mac} no address available`,
    ).map((told) => 'byLoader' in told && told.byLoader),
  ).toEqual([true, false, false]);
});

test('a client of another server; the host file was read', () => {
  expect(
    news(
      `3 DHCPNAK(br-prov) 10.77.0.101 ${mac} wrong server-ID`,
      `3 DHCPNAK(br-prov) 10.77.0.101 ${mac} wrong network`,
      'read /var/lib/metalcast/boot/dnsmasq-hosts',
      'DHCP, sockets bound exclusively to interface br-prov',
      'RTR-ADVERT(br-prov) fd77::',
    ),
  ).toEqual([
    { kind: 'foreign-server', mac, address: '10.77.0.101' },
    { kind: 'read', path: '/var/lib/metalcast/boot/dnsmasq-hosts' },
  ]);
});

test('a request by a relay of another network', () => {
  expect(news('no address range available for DHCP request via 10.55.0.1')).toEqual([
    { kind: 'relayed', relay: '10.55.0.1' },
  ]);
});

test('an address on which another card has a lease', () => {
  expect(news(`not using configured address 10.77.0.101 because it is leased to ${mac} `)).toEqual([
    { kind: 'leased', address: '10.77.0.101', mac },
  ]);
});
