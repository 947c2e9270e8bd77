/** The targets of a power command; `keep` leaves the power unchanged and only sets the boot device. */
export const powerTargets = ['on', 'off', 'cycle', 'soft-off', 'keep'] as const;
export type PowerTarget = (typeof powerTargets)[number];

/**
 * Which later commands end an unfinished command: a shutdown by the operating system is pointless once the power is to
 * be cut.
 */
const supersededBy: Partial<Record<PowerTarget, readonly PowerTarget[]>> = {
  'soft-off': ['off', 'cycle'],
};

/** Every pair of targets in which the later command ends the earlier one. */
export const supersessions: readonly (readonly [earlier: PowerTarget, later: PowerTarget])[] =
  powerTargets.flatMap((earlier) =>
    (supersededBy[earlier] ?? []).map((later) => [earlier, later] as const),
  );

/** Whether a later command for the same node ends an earlier, unfinished one. */
export const supersedes = (later: string, earlier: string): boolean =>
  supersessions.some((pair) => pair[0] === earlier && pair[1] === later);
