import { powerStates, type ObservedPower } from '@metalcast/domain';

/** What `nodes.power_state` says, in the words of events. */
export function observedOf(powerState: number): ObservedPower {
  switch (powerState) {
    case powerStates.running:
      return 'on';
    case powerStates.shutdown:
      return 'off';
    default:
      return 'unknown';
  }
}
