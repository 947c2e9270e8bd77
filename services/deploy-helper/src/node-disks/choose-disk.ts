import type { AgentHello } from '@metalcast/contracts';
import { diskHintText, Fault, parseDiskHint, type DiskHint } from '@metalcast/domain';

export type AgentDisk = AgentHello['disks'][number];

export interface DiskWishes {
  readonly node: string;
  /** Null: take the only disk that is large enough. */
  readonly rootDevice: DiskHint | null;
  /** Disks that must never be written. */
  readonly keepDisks: readonly DiskHint[];
  readonly neededBytes: number;
}

export interface DiskChoice {
  readonly disk: AgentDisk;
  /** All disks that are not kept; the chosen one is first. */
  readonly empties: readonly AgentDisk[];
}

/**
 * Returns the disk that is meant, or throws a fault that names all disks. It never guesses, because the chosen disk is
 * overwritten, and so are the others that are not kept. Without a hint, and when no disk holds `neededBytes`, it
 * returns the largest: a later fault can then say how much is missing.
 * Faults: DISK_MISSING, DISK_AMBIGUOUS, DISK_UNMATCHED, DISK_KEPT, DISK_HINT_MALFORMED (a hint stored before hints were
 * checked).
 */
export function chooseDisk(disks: readonly AgentDisk[], wishes: DiskWishes): DiskChoice | Fault {
  try {
    return choice(disks, wishes);
  } catch (error) {
    if (error instanceof Fault) {
      return error;
    }
    throw error;
  }
}

function choice(disks: readonly AgentDisk[], wishes: DiskWishes): DiskChoice | Fault {
  const { node, rootDevice, keepDisks } = wishes;
  if (disks.length === 0) {
    return new Fault('DISK_MISSING', { node });
  }
  const about = { node, disks: diskList(disks) };
  const unmatched = keepDisks.find((hint) => !disks.some((disk) => fits(hint, disk)));
  if (unmatched !== undefined) {
    // The mark may be misspelt: the disk that it means would be overwritten.
    return new Fault('DISK_UNMATCHED', {
      ...about,
      mark: 'keep_disks',
      hint: diskHintText(unmatched),
    });
  }
  const [kept, free] = split(disks, (disk) => keepDisks.some((hint) => mayFit(hint, disk)));
  const twice = free.find((disk) => kept.some((other) => isSame(disk, other)));
  if (twice !== undefined) {
    const reason = `${twice.name} has the same identity as a disk that is kept`;
    return new Fault('DISK_AMBIGUOUS', { ...about, reason });
  }
  const chosen =
    rootDevice === null
      ? onlyLargeEnough(free, wishes, about)
      : onlyMatch(free, kept, rootDevice, about);
  if (chosen instanceof Fault) {
    return chosen;
  }
  const alike = disks.filter((disk) => disk !== chosen && isSame(disk, chosen));
  if (alike.length > 0) {
    const reason = `${names([chosen, ...alike])} have the same identity: one disk by several paths, or a copy`;
    return new Fault('DISK_AMBIGUOUS', { ...about, reason });
  }
  return { disk: chosen, empties: [chosen, ...free.filter((disk) => disk !== chosen)] };
}

type About = { readonly node: string; readonly disks: string };

function onlyLargeEnough(
  free: readonly AgentDisk[],
  { neededBytes }: DiskWishes,
  about: About,
): AgentDisk | Fault {
  const fitting = free.filter(({ size }) => size >= neededBytes);
  const [chosen = largest(free)] = fitting;
  if (fitting.length > 1) {
    const reason = `${names(fitting)} are all large enough, and the node has no root_device`;
    return new Fault('DISK_AMBIGUOUS', { ...about, reason });
  }
  return chosen ?? new Fault('DISK_KEPT', { ...about, reason: 'all are marked to be kept' });
}

function onlyMatch(
  free: readonly AgentDisk[],
  kept: readonly AgentDisk[],
  rootDevice: DiskHint,
  about: About,
): AgentDisk | Fault {
  const hint = diskHintText(rootDevice);
  const [chosen, ...others] = free.filter((disk) => fits(rootDevice, disk));
  if (others.length > 0) {
    const reason = `its root_device ${hint} fits ${names([chosen, ...others])}`;
    return new Fault('DISK_AMBIGUOUS', { ...about, reason });
  }
  if (chosen !== undefined) {
    return chosen;
  }
  const isKept = kept.find((disk) => fits(rootDevice, disk));
  return isKept === undefined
    ? new Fault('DISK_UNMATCHED', { ...about, mark: 'root_device', hint })
    : new Fault('DISK_KEPT', {
        ...about,
        reason: `its root_device ${hint} is ${isKept.name}, which is marked to be kept`,
      });
}

const fits = (hint: DiskHint, disk: AgentDisk): boolean => parseDiskHint(hint)(disk) === 'yes';
/** A disk that does not report the property is treated as marked, so it is not overwritten. */
const mayFit = (hint: DiskHint, disk: AgentDisk): boolean => parseDiskHint(hint)(disk) !== 'no';

/** Compares the world-wide names; where a disk has none, serial number, model and size together. */
export function isSame(one: AgentDisk, other: AgentDisk): boolean {
  if (isTold(one.wwn) && isTold(other.wwn)) {
    return one.wwn === other.wwn;
  }
  return (
    isTold(one.serial) &&
    one.serial === other.serial &&
    one.size === other.size &&
    one.model === other.model
  );
}

const isTold = (text: string | undefined): boolean => text !== undefined && text.trim() !== '';

const largest = (disks: readonly AgentDisk[]): AgentDisk | undefined =>
  disks.toSorted((a, b) => b.size - a.size || (a.name < b.name ? -1 : 1))[0];

const gib = 1024 ** 3;
const mostListed = 16;

/** `sda, sdb`: some of them, where there are very many. */
const names = (disks: readonly (AgentDisk | undefined)[]): string =>
  disks
    .slice(0, mostListed)
    .map((disk) => disk?.name ?? '')
    .join(', ') + more(disks);

const more = ({ length }: readonly unknown[]): string =>
  length > mostListed ? ` and ${String(length - mostListed)} more` : '';

/** `sda (931.5 GiB, serial S1, model X), …`: what hints are made of. */
export function diskList(disks: readonly AgentDisk[]): string {
  const listed = disks
    .slice(0, mostListed)
    .map(({ name, size, serial, wwn, model }) =>
      [
        `${name} (${(size / gib).toFixed(1)} GiB`,
        isTold(serial) ? `serial ${String(serial)}` : 'no serial',
        ...(isTold(wwn) ? [`wwn ${String(wwn)}`] : []),
        ...(isTold(model) ? [`model ${String(model)}`] : []),
      ].join(', '),
    );
  return listed.map((one) => `${one})`).join(', ') + more(disks);
}

function split<T>(all: readonly T[], isFirst: (one: T) => boolean): [T[], T[]] {
  return [all.filter((one) => isFirst(one)), all.filter((one) => !isFirst(one))];
}
