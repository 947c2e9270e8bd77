import { expect, test } from 'vitest';
import { requestedBy } from './request-path.js';

const mac = '52:54:00:77:00:01';
const hash = 'ab'.repeat(32);

test.each([
  ['boot/52-54-00-77-00-01', { kind: 'script', mac, loader: 'ipxe' }],
  ['/boot/52:54:00:77:00:01', { kind: 'script', mac, loader: 'ipxe' }],
  ['pxelinux.cfg/01-52-54-00-77-00-01', { kind: 'script', mac, loader: 'pxelinux' }],
  [`boot/52-54-00-77-00-01/kernel/${hash}`, { kind: 'kernel', mac, hash }],
  [`/boot/52-54-00-77-00-01/ramdisk/${hash}`, { kind: 'ramdisk', mac, hash }],
  ['boot/52-54-00-77-00-01/token.cpio', { kind: 'token', mac }],
])('%s', (path, expected) => {
  expect(requestedBy(path)).toEqual(expected);
});

test.each([
  '',
  'boot/',
  'boot/nonsense',
  'boot/52-54-00-77-00-01/',
  'boot/52-54-00-77-00-01/token',
  'boot/52-54-00-77-00-01/kernel/../../etc/passwd',
  `boot/52-54-00-77-00-01/kernel/${hash}/x`,
  'boot/../pxelinux.cfg/01-52-54-00-77-00-01',
  'pxelinux.cfg/default',
  'pxelinux.cfg/01-',
  '../etc/passwd',
  '/etc/passwd',
])('%j is not served', (path) => {
  expect(requestedBy(path)).toBeUndefined();
});
