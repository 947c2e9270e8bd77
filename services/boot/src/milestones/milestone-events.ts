import { eventOf } from '@metalcast/contracts';
import type { Outgoing } from '@metalcast/db';
import type { LateMark, NodeBoot, SeenMarks } from '@metalcast/db/boot';
import { aboutBoot } from '../decisions/boot-reads.js';
import { isOf, type Batch, type Mark, type Seen, type Sightings } from './kept-sightings.js';

/** The boot mode in which the mark is a milestone; undefined: every mode. */
const modeOf: Readonly<Record<LateMark, string | undefined>> = {
  dhcp: 'deploy',
  kernel: 'deploy',
  ramdisk: 'deploy',
  loop: 'deploy',
  otherCard: 'deploy',
  noLoader: 'deploy',
  localScript: 'local',
  foreignDhcp: undefined,
};

/** Events that tell nothing but the card. */
const plainEvents = {
  dhcp: 'bootDhcp',
  kernel: 'bootKernel',
  ramdisk: 'bootRamdisk',
} as const;

/** The marks to be recorded for the boot; undefined: none. */
export function marksOf(boot: NodeBoot, sightings: Sightings): SeenMarks | undefined {
  const now = performance.now();
  const agoMs: Partial<Record<LateMark, number>> = {};
  let fromAddress = false;
  for (const [sighting, seen] of sightings) {
    const mark = markOf(sighting, boot);
    if (mark !== undefined && isMilestone(mark, seen, boot)) {
      agoMs[mark] = now - seen.at;
      fromAddress ||= seen.peer !== undefined;
    }
  }
  if (Object.keys(agoMs).length === 0) {
    return undefined;
  }
  const { firmware } = (agoMs.noLoader === undefined ? undefined : sightings.get('noLoader')) ?? {};
  const { offered } =
    (agoMs.foreignDhcp === undefined ? undefined : sightings.get('foreignDhcp')) ?? {};
  return { boot, agoMs, firmware, offered, fromAddress };
}

/** What a sighting of this card is recorded as. */
function markOf(sighting: Mark, { address }: NodeBoot): LateMark | undefined {
  if (sighting === 'system') {
    return undefined;
  }
  return sighting === 'dhcp' && address === null ? 'otherCard' : sighting;
}

function isMilestone(mark: LateMark, seen: Seen, boot: NodeBoot): boolean {
  const mode = modeOf[mark] ?? boot.bootMode;
  return (
    !boot.seen.includes(mark) &&
    isOf(seen, boot) &&
    mode === boot.bootMode &&
    (seen.peer === undefined || seen.peer === boot.address)
  );
}

/** Events in the order in which the marks were seen. */
export const announcing =
  (marks: readonly SeenMarks[], batch: Batch) =>
  (out: Outgoing): void => {
    for (const seen of marks) {
      const inOrder = Object.entries(seen.agoMs).toSorted(([, one], [, other]) => other - one);
      for (const [mark] of inOrder) {
        const loader = batch.get(seen.boot.mac)?.get('localScript')?.loader ?? 'ipxe';
        announce(mark as Exclude<LateMark, 'loop'>, { ...seen, loader }, out);
      }
    }
  };

function announce(
  mark: Exclude<LateMark, 'loop'>,
  {
    boot,
    firmware,
    offered: address,
    loader,
  }: SeenMarks & { readonly loader: 'ipxe' | 'pxelinux' },
  out: Outgoing,
): void {
  const about = aboutBoot(boot);
  const { mac, servedMac: served, bootMode: mode, bootTry } = boot;
  switch (mark) {
    case 'otherCard':
      out.emit(eventOf('bootOtherCard', about, { mac, served }));
      break;
    case 'noLoader':
      out.emit(eventOf('bootUnsupportedFirmware', about, { mac, firmware: firmware ?? '' }));
      break;
    case 'foreignDhcp':
      out.emit(eventOf('bootForeignDhcp', about, { mac, address }));
      break;
    case 'localScript':
      out.emit(eventOf('bootScript', about, { mac, loader, mode, boot_try: bootTry }));
      break;
    default:
      out.emit(eventOf(plainEvents[mark], about, { mac }));
  }
}
