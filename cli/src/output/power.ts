import { powerStates } from '@metalcast/domain';

/** Nova's power_state number, or an API's own word for it, as people say it. */
export function powerWord(state: string | number | null | undefined): string {
  switch (state) {
    case powerStates.running:
      return 'on';
    case powerStates.shutdown:
      return 'off';
    case powerStates.crashed:
      return 'failed';
    default:
      return typeof state === 'string' ? state : 'unknown';
  }
}
