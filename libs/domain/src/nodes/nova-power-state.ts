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

/** The spelling of a power state in versioned notifications. */
export const novaPowerStateName = (state: number): string => novaNames[state] ?? 'pending';

/** The answer of a BMC that was asked for the power. */
export type ObservedPower = 'on' | 'off' | 'unknown';

/** Nova's number for a reading; an unknown power never counts as off. */
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
