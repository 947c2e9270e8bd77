import { expect, test } from 'vitest';
import { signOf } from './first-sign.js';

test.each([
  ['boot.local.dhcp', 'dhcp'],
  ['boot.local.phone_home', 'phone_home'],
  ['boot.dhcp', undefined],
])('%s is the sign %s', (type, sign) => {
  expect(signOf({ type })).toBe(sign);
});
