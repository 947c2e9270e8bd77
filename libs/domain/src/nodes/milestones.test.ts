import { expect, test } from 'vitest';
import { faults } from '../faults/faults.js';
import { bootMilestones, stalledAfter } from './milestones.js';

const nothing = 'nothing was seen of it';

test.each([
  [undefined, 'POWER_NO_CHANGE', nothing],
  ['node.power.on', 'BOOT_NO_DHCP', 'its power came on'],
  ['boot.dhcp', 'BOOT_NO_SCRIPT', 'it asked for an address'],
  ['boot.script', 'BOOT_NO_KERNEL', 'it fetched its boot configuration'],
  ['boot.kernel', 'BOOT_NO_RAMDISK', 'it fetched the deploy kernel'],
  ['boot.ramdisk', 'AGENT_SILENT', 'it fetched the deploy ramdisk'],
  ['agent.hello', 'AGENT_SILENT', 'the ramdisk reported to a helper'],
] as const)('a boot that stalls after %s is %s', (last, code, lastSeen) => {
  expect(stalledAfter(last)).toMatchObject({ code, lastSeen });
});

test.each([
  ['node.power.on', 'boot'],
  ['boot.kernel', 'boot'],
  ['boot.ramdisk', 'deploy-helper'],
] as const)('a boot that stalls after %s needed %s', (last, service) => {
  expect(stalledAfter(last).needs).toBe(service);
});

test.each(bootMilestones)(
  'the fault of missing $type names the milestone before',
  ({ missing }) => {
    expect(faults[missing].message).toMatch(/\{(lastSeen|node)\}/);
  },
);
