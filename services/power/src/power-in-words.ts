import { powerStates, type ObservedPower } from '@metalcast/domain';

/** `node_power.power_state` in the words of events. */
export function powerInWords(powerState: number): ObservedPower {
  switch (powerState) {
    case powerStates.running:
      return 'on';
    case powerStates.shutdown:
      return 'off';
    default:
      return 'unknown';
  }
}
