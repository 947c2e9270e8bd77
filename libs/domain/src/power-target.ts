/** What a power command may ask for; `keep` leaves the power as it is and only sets the boot device. */
export const powerTargets = ['on', 'off', 'cycle', 'soft-off', 'keep'] as const;
export type PowerTarget = (typeof powerTargets)[number];

/** What a command gives way to before it has ended: asking the operating system to shut down is pointless once it is to be cut off. */
const supersededBy: Partial<Record<PowerTarget, readonly PowerTarget[]>> = {
  'soft-off': ['off', 'cycle'],
};

/** Every pair of targets of which the later command ends the earlier one. */
export const supersessions: readonly (readonly [earlier: PowerTarget, later: PowerTarget])[] =
  powerTargets.flatMap((earlier) =>
    (supersededBy[earlier] ?? []).map((later) => [earlier, later] as const),
  );

/** Whether a later command for the same node ends an earlier one that has not ended. */
export const supersedes = (later: string, earlier: string): boolean =>
  supersessions.some((pair) => pair[0] === earlier && pair[1] === later);
