/** A stretch of a disk, in bytes. */
export interface Extent {
  readonly offset: number;
  readonly length: number;
}

export const sectorBytes = 512;
export const mib = 1024 * 1024;

export const endOf = ({ offset, length }: Extent): number => offset + length;
export const floorTo = (value: number, unit: number): number => Math.floor(value / unit) * unit;
export const ceilTo = (value: number, unit: number): number => Math.ceil(value / unit) * unit;
export const totalLength = (extents: readonly Extent[]): number =>
  extents.reduce((sum, { length }) => sum + length, 0);

/** Widens extents to whole MiB (the last one ends with the disk) and merges those that touch; in order. */
export function wholeMib(extents: readonly Extent[], diskBytes: number): Extent[] {
  const merged: { offset: number; length: number }[] = [];
  for (const extent of extents.toSorted((a, b) => a.offset - b.offset)) {
    const offset = floorTo(extent.offset, mib);
    const end = Math.min(ceilTo(endOf(extent), mib), diskBytes);
    const last = merged.at(-1);
    if (last !== undefined && offset <= endOf(last)) {
      last.length = Math.max(endOf(last), end) - last.offset;
    } else if (end > offset) {
      merged.push({ offset, length: end - offset });
    }
  }
  return merged;
}
