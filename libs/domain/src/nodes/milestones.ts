import type { FaultCode } from '../faults/faults.js';
import type { ServiceName } from '../services.js';

/**
 * The milestones of a node from power-on to a running system, in order. They are names, not types of events: each is
 * read from a row of its owner.
 * A boot that stalls is named by the first missing milestone: `missing` is the fault of not having reached this
 * milestone after all those before it. No node reaches a milestone while the service is away that `needs` names.
 */
export const bootMilestones = [
  {
    ...{ type: 'node.power.on', sentence: 'its power came on' },
    ...{ missing: 'POWER_NO_CHANGE', needs: 'power' },
  },
  {
    ...{ type: 'boot.dhcp', sentence: 'it asked for an address' },
    ...{ missing: 'BOOT_NO_DHCP', needs: 'boot' },
  },
  {
    ...{ type: 'boot.script', sentence: 'it fetched its boot configuration' },
    ...{ missing: 'BOOT_NO_SCRIPT', needs: 'boot' },
  },
  {
    ...{ type: 'boot.kernel', sentence: 'it fetched the deploy kernel' },
    ...{ missing: 'BOOT_NO_KERNEL', needs: 'boot' },
  },
  {
    ...{ type: 'boot.ramdisk', sentence: 'it fetched the deploy ramdisk' },
    ...{ missing: 'BOOT_NO_RAMDISK', needs: 'boot' },
  },
  {
    ...{ type: 'agent.hello', sentence: 'the ramdisk reported to a helper' },
    ...{ missing: 'AGENT_SILENT', needs: 'deploy-helper' },
  },
] as const satisfies readonly {
  type: string;
  sentence: string;
  missing: FaultCode;
  needs: ServiceName;
}[];

export type BootMilestone = (typeof bootMilestones)[number]['type'];

/** The fault of a boot that stalled after `last` (undefined: nothing was seen), its text, and the service needed. */
export function stalledAfter(last: BootMilestone | undefined): {
  code: FaultCode;
  lastSeen: string;
  needs: ServiceName;
} {
  const at = bootMilestones.findIndex(({ type }) => type === last);
  const next = bootMilestones[Math.min(at + 1, bootMilestones.length - 1)] ?? bootMilestones[0];
  const lastSeen = bootMilestones[at]?.sentence ?? 'nothing was seen of it';
  return { code: next.missing, lastSeen, needs: next.needs };
}
