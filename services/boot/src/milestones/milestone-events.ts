import { eventOf } from '@metalcast/contracts';
import type { Outgoing } from '@metalcast/db';
import type { LateMark, NodeBoot, SeenMarks } from '@metalcast/db/boot';
import { aboutBoot } from '../decisions/boot-reads.js';
import { isOf, type Batch, type Sightings } from './kept-sightings.js';

/** The boot mode in which the mark is a milestone; undefined: every mode. */
const modeOf: Readonly<Record<LateMark, string | undefined>> = {
  dhcp: 'deploy',
  kernel: 'deploy',
  ramdisk: 'deploy',
  loop: 'deploy',
  localScript: 'local',
  foreignDhcp: undefined,
};

/** The marks to be recorded for the boot; undefined: none. */
export function marksOf(boot: NodeBoot, sightings: Sightings): SeenMarks | undefined {
  const now = performance.now();
  const agoMs: Partial<Record<LateMark, number>> = {};
  let fromAddress = false;
  for (const [mark, seen] of sightings) {
    if (mark === 'system' || boot.seen.includes(mark) || !isOf(seen, boot)) {
      continue;
    }
    const { at, peer } = seen;
    const mode = modeOf[mark] ?? boot.bootMode;
    if (mode === boot.bootMode && (peer === undefined || peer === boot.address)) {
      agoMs[mark] = now - at;
      fromAddress ||= peer !== undefined;
    }
  }
  const offered = agoMs.foreignDhcp === undefined ? undefined : offeredIn(sightings);
  return Object.keys(agoMs).length === 0 ? undefined : { boot, agoMs, offered, fromAddress };
}

const offeredIn = (sightings: Sightings): string | undefined =>
  sightings.get('foreignDhcp')?.offered;

/** Events in the order in which the marks were seen. */
export const announcing =
  (marks: readonly SeenMarks[], batch: Batch) =>
  (out: Outgoing): void => {
    for (const { boot, agoMs, offered: address } of marks) {
      const about = aboutBoot(boot);
      const { mac } = boot;
      for (const [mark] of Object.entries(agoMs).toSorted(([, one], [, other]) => other - one)) {
        switch (mark as Exclude<LateMark, 'loop'>) {
          case 'dhcp':
            out.emit(eventOf('bootDhcp', about, { mac }));
            break;
          case 'kernel':
            out.emit(eventOf('bootKernel', about, { mac }));
            break;
          case 'ramdisk':
            out.emit(eventOf('bootRamdisk', about, { mac }));
            break;
          case 'foreignDhcp':
            out.emit(eventOf('bootForeignDhcp', about, { mac, address }));
            break;
          case 'localScript': {
            const loader = batch.get(mac)?.get('localScript')?.loader ?? 'ipxe';
            const data = { mac, loader, mode: boot.bootMode, boot_try: boot.bootTry };
            out.emit(eventOf('bootScript', about, data));
          }
        }
      }
    }
  };
