import { expect, test } from 'vitest';
import {
  cidrsOverlap,
  defaultPools,
  formatCidr,
  formatIpv4,
  freeAddresses,
  parseCidr,
  parseIpv4,
  type Cidr,
} from './ipv4.js';

const cidr = (text: string): Cidr => {
  const parsed = parseCidr(text);
  if (parsed === undefined) {
    throw new Error(`${text} is no network`);
  }
  return parsed;
};

test.each(['0.0.0.0', '10.1.2.3', '255.255.255.255', '192.168.0.1'])('%s round-trips', (text) => {
  expect(formatIpv4(parseIpv4(text) ?? -1)).toBe(text);
});

test.each(['', '1.2.3', '1.2.3.256', '01.2.3.4', '1.2.3.4.5', 'a.b.c.d', '1.2.3.-4', ' 1.2.3.4'])(
  '%o is no address',
  (text) => {
    expect(parseIpv4(text)).toBeUndefined();
  },
);

test.each(['10.0.0.0', '10.0.0.0/33', '10.0.0/8', '::/0', '10.0.0.0/'])(
  '%o is no network',
  (text) => {
    expect(parseCidr(text)).toBeUndefined();
  },
);

test('host bits are ignored', () => {
  expect(formatCidr(cidr('10.99.3.7/24'))).toBe('10.99.3.0/24');
  expect(formatCidr(cidr('200.1.2.3/0'))).toBe('0.0.0.0/0');
});

test('networks overlap when one lies in the other', () => {
  expect(cidrsOverlap(cidr('10.0.0.0/8'), cidr('10.9.0.0/16'))).toBe(true);
  expect(cidrsOverlap(cidr('10.0.0.0/24'), cidr('10.0.1.0/24'))).toBe(false);
});

test.each([
  ['10.99.0.0/24', '10.99.0.1', [['10.99.0.2', '10.99.0.254']]],
  ['10.99.0.0/24', undefined, [['10.99.0.1', '10.99.0.254']]],
  [
    '10.99.0.0/24',
    '10.99.0.100',
    [
      ['10.99.0.1', '10.99.0.99'],
      ['10.99.0.101', '10.99.0.254'],
    ],
  ],
  ['10.99.0.0/30', '10.99.0.2', [['10.99.0.1', '10.99.0.1']]],
  ['10.99.0.0/31', undefined, [['10.99.0.0', '10.99.0.1']]],
  ['10.99.0.7/32', '10.99.0.7', []],
])('pools of %s with gateway %s', (network, gateway, pools) => {
  const gatewayNumber = gateway === undefined ? undefined : parseIpv4(gateway);
  expect(defaultPools(cidr(network), gatewayNumber)).toEqual(
    pools.map(([start, end]) => ({ start, end })),
  );
});

test('the free addresses, pool after pool, without those that are taken in the meantime', () => {
  const pools = [
    { start: '10.0.0.9', end: '10.0.0.11' },
    { start: '10.0.0.255', end: '10.0.1.0' },
  ];
  const taken = new Set(['10.0.0.9']);
  const free = freeAddresses(pools, taken);
  expect(free.next().value).toBe('10.0.0.10');
  taken.add('10.0.0.11');
  expect([...free]).toEqual(['10.0.0.255', '10.0.1.0']);
});
