import { expect, test } from 'vitest';
import { canonicalMac, isUuid, newMessageId, newRequestId, newReservationId } from './ids.js';

test.each([
  ['52:54:00:AA:BB:0C', '52:54:00:aa:bb:0c'],
  ['52-54-00-aa-bb-0c', '52:54:00:aa:bb:0c'],
  ['5254.00aa.bb0c', '52:54:00:aa:bb:0c'],
  [' 525400aabb0c\n', '52:54:00:aa:bb:0c'],
  ['52:54:00:aa:bb', undefined],
  ['52:54:00:aa:bb:0c:0d', undefined],
  ['52:54:00:aa:bb:0g', undefined],
  ['ff:ff:ff:ff:ff:ff', undefined],
  ['01:00:5e:00:00:01', undefined],
  ['00:00:00:00:00:00', undefined],
  ['', undefined],
])('the MAC %j reads as %s', (text, mac) => {
  expect(canonicalMac(text)).toBe(mac);
});

test.each([
  ['7c1b2c3d-0000-4000-8000-000000000009', true],
  ['7C1B2C3D-0000-4000-8000-000000000009', true],
  ['7c1b2c3d00004000800000000000000', false],
  ['7c1b2c3d-0000-4000-8000-000000000009x', false],
  ['node-1', false],
])('%s as a UUID: %s', (text, is) => {
  expect(isUuid(text)).toBe(is);
});

test("ids have OpenStack's form and differ", () => {
  expect(newRequestId()).toMatch(/^req-[0-9a-f-]{36}$/);
  expect(newMessageId()).toMatch(/^[0-9a-f]{32}$/);
  expect(newReservationId()).toMatch(/^r-[0-9a-f]{8}$/);
  expect(newRequestId()).not.toBe(newRequestId());
});
