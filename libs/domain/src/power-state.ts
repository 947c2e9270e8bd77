/** Nova's power_state integers. */
export const powerStates = {
  nostate: 0,
  running: 1,
  paused: 3,
  shutdown: 4,
  crashed: 6,
  suspended: 7,
} as const;

const novaNames: Readonly<Record<number, string>> = {
  ...Object.fromEntries(Object.entries(powerStates).map(([name, state]) => [state, name])),
  [powerStates.nostate]: 'pending',
};

/** How versioned notifications spell a power state. */
export const novaPowerStateName = (state: number): string => novaNames[state] ?? 'pending';

/** What a BMC answered when it was asked for the power. */
export type ObservedPower = 'on' | 'off' | 'unknown';

/** Nova's number for an observation; what is not known is never taken for off. */
export function novaPowerState(observed: ObservedPower): number {
  switch (observed) {
    case 'on':
      return powerStates.running;
    case 'off':
      return powerStates.shutdown;
    case 'unknown':
      return powerStates.nostate;
  }
}
