export const isAfter = (one: Date | null, other: Date): boolean =>
  one !== null && one.getTime() > other.getTime();

export const later = (one: Date | undefined, other: Date): Date =>
  one !== undefined && isAfter(one, other) ? one : other;

/** The time `ms` before. */
export const earlier = (time: Date | null, ms: number): Date | null =>
  time === null ? null : new Date(time.getTime() - ms);
