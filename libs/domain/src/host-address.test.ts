import { expect, test } from 'vitest';
import { canonicalHost } from './host-address.js';

test.each([
  ['10.0.0.12', '10.0.0.12'],
  ['127.0.0.1', '127.0.0.1'],
  ['FD00:0:0::0012', 'fd00::12'],
  ['2001:db8:0:1:0:0:0:1', '2001:db8:0:1::1'],
  ['::1', '::1'],
  ['::ffff:10.0.0.12', '10.0.0.12'],
  ['0:0:0:0:0:FFFF:0a00:000c', '10.0.0.12'],
  ['BMC-7.Mgmt.Example.ORG.', 'bmc-7.mgmt.example.org'],
  ['localhost', 'localhost'],
  ['7seas.example', '7seas.example'],
  [`${'a'.repeat(63)}.b`, `${'a'.repeat(63)}.b`],
])('%s is %s', (text, value) => {
  expect(canonicalHost(text)).toEqual({ value });
  expect(canonicalHost(value)).toEqual({ value });
});

test.each<[string, RegExp]>([
  ['010.0.0.012', /octal to some programs \(8\.0\.0\.10\); write 10\.0\.0\.12/],
  ['10.0.0.09', /octal to some programs \(nothing\); write 10\.0\.0\.9/],
  ['192.168.1', /would read 192\.168\.1 as 192\.168\.0\.1; write all four/],
  ['1', /would read 1 as 0\.0\.0\.1/],
  ['167772172', /as 10\.0\.0\.12/],
  ['0x0a00000c', /as 10\.0\.0\.12/],
  ['10.0.0.0xc', /as 10\.0\.0\.12/],
  ['10.0.0.300', /300 is more than 255/],
  ['10.0.0.12.', /no dot at its end/],
  ['10.0.0.1.2', /does not end in a number/],
  ['bmc.7', /does not end in a number/],
  ['bmc.0x', /does not end in a number/],
  ['0.0.0.0', /one machine/],
  ['0.1.2.3', /one machine/],
  ['224.0.0.1', /one machine/],
  ['255.255.255.255', /one machine/],
  ['::', /one machine/],
  ['ff02::1', /one machine/],
  ['::ffff:0.0.0.0', /one machine/],
  ['::10.0.0.12', /IPv4-compatible/],
  ['fe80::1', /link-local/],
  ['fe80::1%eth0', /without a zone/],
  ['[fd00::12]', /without brackets/],
  ['[fd00::12]:623', /without brackets/],
  ['fd00::12::1', /no IPv6 address/],
  ['10.0.0.12:623', /without a port/],
  ['bmc7:623', /without a port/],
  ['ipmi://10.0.0.12', /not a URL/],
  ['10.0.0.0/24', /without a slash/],
  ['admin@10.0.0.12', /without a user/],
  ['bmc_01.mgmt', /no underscore/],
  ['bmc..mgmt', /dots stand between/],
  ['.bmc', /dots stand between/],
  ['.', /dots stand between/],
  ['-Ufoo', /neither begin nor end with a dash/],
  ['bmc-.mgmt', /neither begin nor end with a dash/],
  ['a b', /letters, digits, dots and dashes/],
  ['bmc\t7', /letters, digits, dots and dashes/],
  ['１０.0.0.12', /xn-- form/],
  ['bmc,7', /letters, digits, dots and dashes/],
  ['', /must be an IP address or a host name/],
  [`${'a'.repeat(64)}.b`, /at most 63/],
  [`${'a.'.repeat(127)}b`, /at most 253/],
])('%s is no host', (text, problem) => {
  const found = canonicalHost(text);
  expect('problem' in found ? found.problem : found).toMatch(problem);
});
