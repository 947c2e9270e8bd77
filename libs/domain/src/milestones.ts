import type { FaultCode } from './faults.js';

/**
 * What a node shows on its way from power-on to a running system, in order.
 * Names, not types of events: what tells of each is its owner's row.
 * A boot that stalls is named by the first milestone that did not come, so `missing` is the fault
 * of not having reached this one after all those before it.
 */
export const bootMilestones = [
  { type: 'node.power.on', sentence: 'its power came on', missing: 'POWER_NO_CHANGE' },
  { type: 'boot.dhcp', sentence: 'it asked for an address', missing: 'BOOT_NO_DHCP' },
  { type: 'boot.script', sentence: 'it fetched its boot configuration', missing: 'BOOT_NO_SCRIPT' },
  { type: 'boot.kernel', sentence: 'it fetched the deploy kernel', missing: 'BOOT_NO_KERNEL' },
  { type: 'boot.ramdisk', sentence: 'it fetched the deploy ramdisk', missing: 'BOOT_NO_RAMDISK' },
  { type: 'agent.hello', sentence: 'the ramdisk reported to a helper', missing: 'AGENT_SILENT' },
] as const satisfies readonly { type: string; sentence: string; missing: FaultCode }[];

export type BootMilestone = (typeof bootMilestones)[number]['type'];

/** The fault of a boot that stalled after `last` (undefined: nothing was seen), and the sentence for it. */
export function stalledAfter(last: BootMilestone | undefined): {
  code: FaultCode;
  lastSeen: string;
} {
  const at = bootMilestones.findIndex(({ type }) => type === last);
  const next = bootMilestones[Math.min(at + 1, bootMilestones.length - 1)] ?? bootMilestones[0];
  const lastSeen = bootMilestones[at]?.sentence ?? 'nothing was seen of it';
  return { code: next.missing, lastSeen };
}
