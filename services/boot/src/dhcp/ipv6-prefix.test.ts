import { expect, test } from 'vitest';
import { ipv6Prefix } from './ipv6-prefix.js';

const table = `00000000000000000000000000000001 01 80 10 80       lo
fe80000000000000a0d97afffec12800 02 40 20 80  br-prov
fd770000000000000000000000000001 02 40 00 82  br-prov
20010db8000100020000000000000001 03 80 00 80     eth0
`;

test('the routable /64 of the interface, not of another one', () => {
  expect(ipv6Prefix('br-prov', table)).toBe('fd77:0:0:0::');
  expect(ipv6Prefix('lo', table)).toBeUndefined();
  expect(ipv6Prefix('eth0', table)).toBeUndefined();
  expect(ipv6Prefix('br-prov', '')).toBeUndefined();
});
