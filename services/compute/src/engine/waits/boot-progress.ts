import type { TurnBoot } from '@metalcast/db/compute';
import {
  bootMilestones,
  Fault,
  stalledAfter,
  type BootMilestone,
  type FaultCode,
  type FaultRecord,
} from '@metalcast/domain';
import type { Turn } from '../turn.js';
import type { Need } from './presence.js';

const [powerOn] = bootMilestones;

/**
 * The furthest milestone comes first, not the newest: milestones can arrive out of order when a file is fetched twice.
 */
const onTheWay = [
  ['boot.ramdisk', 'ramdiskAt'],
  ['boot.kernel', 'kernelAt'],
  ['boot.script', 'scriptAt'],
  ['boot.dhcp', 'dhcpAt'],
] as const satisfies readonly (readonly [BootMilestone, keyof TurnBoot])[];

/** How far a node has come since its power-on; undefined: nothing was seen. */
export function furthestMilestone(
  boot: TurnBoot | undefined,
): { readonly type: BootMilestone; readonly at: Date } | undefined {
  for (const [type, field] of onTheWay) {
    const at = boot?.[field] ?? null;
    if (at !== null) {
      return { type, at };
    }
  }
  return undefined;
}

/** What the node needs of our services to come to its next milestone. */
export function neededNext(turn: Turn): Need {
  const { uuid } = turn.requireNode();
  const { needs: service } = stalledAfter(furthestMilestone(turn.boot)?.type ?? powerOn.type);
  const part = service === 'deploy-helper' ? 'ramdisk' : 'network boot';
  return { service, work: `the ${part} of node ${uuid}` };
}

/** What ends a boot at once, and the fault that says so. */
const obstacles = [
  ['loopAt', 'BOOT_LOOP'],
  ['noLoaderAt', 'BOOT_UNSUPPORTED_FIRMWARE'],
  ['foreignDhcpAt', 'BOOT_FOREIGN_DHCP'],
] as const satisfies readonly (readonly [keyof TurnBoot, FaultCode])[];

export type Obstacle = (typeof obstacles)[number][1];

/** What keeps the node from its ramdisk for good; undefined: nothing that is known. */
export const obstacleOf = (boot: TurnBoot | undefined): Obstacle | undefined =>
  obstacles.find(([field]) => (boot?.[field] ?? null) !== null)?.[1];

/** The fault that names the furthest milestone; the milestone is stored for later readers of the operation. */
export function stalled(turn: Turn, obstacle?: Obstacle): FaultRecord {
  const { uuid: node, pmAddress: address } = turn.requireNode();
  const last = furthestMilestone(turn.boot);
  const type = last?.type ?? powerOn.type;
  turn.save({ lastMilestone: type });
  const named = stalledAfter(type);
  const lastSeen = `${named.lastSeen}${last === undefined ? '' : ` at ${last.at.toISOString()}`}`;
  const machine = { node, address, target: 'on', observed: 'unknown' };
  const details = { ...machine, lastSeen, ...seenOfBoot(turn.boot) };
  // A machine may try several cards. Another card's request matters only if the served card never asked.
  const missing = last === undefined && details.card !== null ? 'BOOT_OTHER_CARD' : named.code;
  return new Fault(obstacle ?? missing, details).toRecord('awaitRamdisk');
}

const seenOfBoot = (boot: TurnBoot | undefined) => ({
  tries: boot?.bootTry ?? 0,
  card: boot?.otherCard ?? null,
  served: boot?.servedCard ?? null,
  firmware: boot?.noLoaderFor ?? null,
  foreign: boot?.foreignAddress ?? null,
});
