// The first import of a service's main.ts: what is set here holds for the loading of everything else.
import { PerformanceObserver } from 'node:perf_hooks';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/** A busy service takes a tenth more CPU with less, and no less CPU with more. Both halves together. */
const enoughBytes = 8 * 1024 ** 2;

/**
 * V8 would enlarge its young generation from 2 MB to 32 by loading alone. The heap of a new thread sets this flag of the whole process
 * back: who starts one calls this again when it runs. Idempotent.
 */
export function keepYoungGenerationSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}

/**
 * From now on the young generation may grow with the work, up to a bound. V8 makes it small again when garbage is collected while
 * little is allocated. Returns what ends this.
 */
export function letYoungGenerationGrow(): () => void {
  const observer = new PerformanceObserver(() => {
    if (youngGenerationBytes() < enoughBytes) {
      setFlagsFromString('--semi-space-growth-factor=2');
    } else {
      keepYoungGenerationSmall();
    }
  });
  observer.observe({ entryTypes: ['gc'] });
  return () => {
    observer.disconnect();
  };
}

export function youngGenerationBytes(): number {
  const spaces = getHeapSpaceStatistics();
  return spaces.find(({ space_name: name }) => name === 'new_space')?.space_size ?? 0;
}

keepYoungGenerationSmall();
