// The first import of a service's main.ts: what is set here holds for the loading of everything else.
import { setFlagsFromString } from 'node:v8';

/**
 * Once much is allocated at once, by loading or by work, V8 would enlarge its young generation from 2 MB to 32, and give back nothing
 * while the process is idle. A service takes no more CPU without that. The heap of a new thread sets this flag of the whole
 * process back: who starts one calls this again when it runs. Idempotent.
 */
export function keepYoungGenerationSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}

keepYoungGenerationSmall();
