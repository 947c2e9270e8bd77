import type { FaultRecord } from '@metalcast/domain';

/** How a step stands. */
export type Outcome =
  | { readonly kind: 'done' }
  /** `since`: the last progress; the step's time limit counts from there. */
  | {
      readonly kind: 'waiting';
      readonly since?: Date | undefined;
      readonly limitMs?: number;
      /** The service has begun the work: it no longer waits for its turn. */
      readonly isStarted?: boolean;
      /** The service has the work in its queue, in a row of its own: there is nothing to send again. */
      readonly isReceived?: boolean;
    }
  | { readonly kind: 'failed'; readonly fault: FaultRecord };

export const done: Outcome = { kind: 'done' };
export const waiting: Outcome = { kind: 'waiting' };
export const failed = (fault: FaultRecord): Outcome => ({ kind: 'failed', fault });
