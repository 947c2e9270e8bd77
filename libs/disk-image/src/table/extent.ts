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

const within = (extent: Extent, from: number, to: number): Extent[] => {
  const offset = Math.max(extent.offset, from);
  const end = Math.min(endOf(extent), to);
  return end > offset ? [{ offset, length: end - offset }] : [];
};

/** The parts of the extents within `bounds`. */
export const inside = (extents: readonly Extent[], bounds: Extent): Extent[] =>
  extents.flatMap((extent) => within(extent, bounds.offset, endOf(bounds)));

/** The parts of the extents outside of all `holes`. */
export const outside = (extents: readonly Extent[], holes: readonly Extent[]): Extent[] =>
  holes.reduce<readonly Extent[]>(
    (left, hole) =>
      left.flatMap((extent) => [
        ...within(extent, 0, hole.offset),
        ...within(extent, endOf(hole), Number.MAX_SAFE_INTEGER),
      ]),
    extents,
  ) as Extent[];

/** The extents cut into pieces of at most `length` bytes. */
export function pieces(extents: readonly Extent[], length: number): Extent[] {
  return extents.flatMap((extent) =>
    Array.from({ length: Math.ceil(extent.length / length) }, (_, index) => {
      const offset = extent.offset + index * length;
      return { offset, length: Math.min(length, endOf(extent) - offset) };
    }),
  );
}
