import { Fault } from '@metalcast/domain';

export interface StallGuard {
  /** Aborts when no byte arrived for too long, or the caller gave up. */
  readonly signal: AbortSignal;
  watch(bytes: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array>;
  end(): void;
}

/** Ends a transfer that is silent, not one that is long: a large image on a slow network is no failure. */
export function stallGuard(stallMs: number, outer: AbortSignal | undefined): StallGuard {
  const silence = new AbortController();
  const timer = setTimeout(() => {
    silence.abort();
  }, stallMs);
  return {
    signal: outer === undefined ? silence.signal : AbortSignal.any([silence.signal, outer]),
    async *watch(bytes) {
      try {
        for await (const chunk of bytes) {
          timer.refresh();
          yield chunk;
        }
      } catch (error) {
        const reason = silence.signal.aborted
          ? `The image API sent nothing for ${stallMs} ms.`
          : 'The transfer of an image broke off.';
        throw new Fault('UNAVAILABLE', { reason }, { cause: error });
      }
    },
    end() {
      clearTimeout(timer);
    },
  };
}
