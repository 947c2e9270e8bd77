import { expect, test } from 'vitest';
import { dnsmasqConf } from './dnsmasq-conf.js';
import { releaseMessage } from './leases.js';

const settings = {
  files: { hosts: '/s/hosts', leases: '/s/leases', conf: '/s/conf' },
  interface: 'br-prov',
  address: '10.77.0.1',
  scriptUrl: 'http://10.77.0.1:8780/boot/${netX/mac:hexhyp}',
  biosLoader: 'undionly.kpxe',
  uefiLoader: 'snponly.efi',
  uefiHttpLoader: 'http://10.77.0.1:8780/loaders/snponly.efi',
  leaseSeconds: 3600,
  ipv6Prefix: 'fd77::',
};
const networkId = 'a2a6f6f0-5a3a-4c0e-9d55-3b8ac0a1a001';
const subnet = { networkId, cidr: '10.77.0.0/22', gatewayIp: null, dnsNameservers: [], mtu: 1500 };

test('serves DHCP only, only to known machines, and announces no router that does not exist', () => {
  const lines = dnsmasqConf(settings, subnet).split('\n');
  expect(lines).toEqual(
    expect.arrayContaining([
      'port=0',
      'dhcp-lease-max=1000000',
      'dhcp-range=10.77.0.0,static,255.255.252.0,3600',
      'dhcp-option=option:router',
      'dhcp-option=option:dns-server',
      'dhcp-boot=tag:ipxe,http://10.77.0.1:8780/boot/${netX/mac:hexhyp},,10.77.0.1',
      'enable-ra',
      'dhcp-range=fd77::,ra-only,64,10m',
    ]),
  );
  expect(lines.join()).not.toMatch(/tftp|mtu/);
});

test('contains what the subnet says', () => {
  const full = {
    networkId,
    cidr: '10.77.0.0/24',
    gatewayIp: '10.77.0.254',
    dnsNameservers: ['10.77.0.2', '10.77.0.3'],
    mtu: 9000,
  };
  const conf = dnsmasqConf({ ...settings, ipv6Prefix: undefined }, full);
  expect(conf).toContain('dhcp-option=option:router,10.77.0.254\n');
  expect(conf).toContain('dhcp-option=option:dns-server,10.77.0.2,10.77.0.3\n');
  expect(conf).toContain('dhcp-option=option:mtu,9000\n');
  expect(conf).not.toContain('enable-ra');
});

test('a DHCPRELEASE names the lease, its holder and the server', () => {
  const lease = { mac: '52:54:00:77:00:01', address: '10.77.0.101' };
  const message = releaseMessage(lease, '10.77.0.1');
  expect([...message.subarray(0, 4)]).toEqual([1, 1, 6, 0]);
  expect([...message.subarray(12, 16)]).toEqual([10, 77, 0, 101]);
  expect(message.subarray(28, 34).toString('hex')).toBe('525400770001');
  expect(message.subarray(236).toString('hex')).toBe('63825363' + '350107' + '36040a4d0001' + 'ff');
});
