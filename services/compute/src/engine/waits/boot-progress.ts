import type { TurnBoot } from '@metalcast/db/compute';
import {
  bootMilestones,
  Fault,
  stalledAfter,
  type BootMilestone,
  type FaultCode,
  type FaultRecord,
} from '@metalcast/domain';
import { isAfter, later } from '../times.js';
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

/** Ends the boot at once: its requests came from the node's own address. */
export const isLooping = (boot: TurnBoot | undefined): boolean => (boot?.loopAt ?? null) !== null;

const doubts = [
  ['noLoaderAt', 'BOOT_UNSUPPORTED_FIRMWARE'],
  ['foreignDhcpAt', 'BOOT_FOREIGN_DHCP'],
] as const satisfies readonly (readonly [keyof TurnBoot, FaultCode])[];

interface Doubt {
  readonly code: (typeof doubts)[number][1];
  readonly at: Date;
}

/**
 * What a DHCP packet says against the boot. Anybody on the network can send such a packet in the node's name, and a
 * node whose request was refused asks again, so this is no proof: every later milestone refutes it. A DHCP request does
 * not, for the packet is one itself.
 */
function doubtOf(boot: TurnBoot | undefined): Doubt | undefined {
  const last = furthestMilestone(boot);
  for (const [field, code] of doubts) {
    const at = boot?.[field] ?? null;
    if (at !== null && (last === undefined || last.type === 'boot.dhcp' || isAfter(at, last.at))) {
      return { code, at };
    }
  }
  return undefined;
}

/** The wait for the next milestone: from when, and how long. */
export function milestoneWait({ boot, startedAt, config }: Turn): {
  readonly since: Date | undefined;
  readonly limitMs: number;
} {
  const last = furthestMilestone(boot);
  const usual = {
    since: last?.at,
    limitMs: last === undefined ? config.firmwareTimeoutMs : config.milestoneTimeoutMs,
  };
  // A node that has its script got past its firmware and its DHCP: a doubt then names the fault at most.
  const doubt = last === undefined || last.type === 'boot.dhcp' ? doubtOf(boot) : undefined;
  if (doubt === undefined) {
    return usual;
  }
  const short = { since: doubt.at, limitMs: config.doubtTimeoutMs };
  const endOf = ({ since, limitMs }: typeof usual): number =>
    later(since, startedAt).getTime() + limitMs;
  return endOf(short) < endOf(usual) ? short : usual;
}

/**
 * The fault that names the furthest milestone, or what may keep the node from the next one. The milestone is stored for
 * later readers of the operation.
 */
export function stalled(turn: Turn): FaultRecord {
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
  const code = isLooping(turn.boot) ? 'BOOT_LOOP' : (doubtOf(turn.boot)?.code ?? missing);
  return new Fault(code, details).toRecord('awaitRamdisk');
}

const seenOfBoot = (boot: TurnBoot | undefined) => ({
  tries: boot?.bootTry ?? 0,
  card: boot?.otherCard ?? null,
  served: boot?.servedCard ?? null,
  firmware: boot?.noLoaderFor ?? null,
  foreign: boot?.foreignAddress ?? null,
});
