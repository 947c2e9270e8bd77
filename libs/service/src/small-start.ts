// The first import of a service's main.ts: what is set here holds for the loading of everything else.
import { setFlagsFromString } from 'node:v8';

const usualGrowth = 2;

/**
 * Loading allocates much at once, for which V8 would enlarge its young generation to 16 MB, and give back nothing while the process
 * is idle. So it stays small until `growAsUsual`: a service that is busy later still gets the larger one, and collects less often.
 */
setFlagsFromString('--semi-space-growth-factor=1');

/** The service has started. */
export function growAsUsual(): void {
  setFlagsFromString(`--semi-space-growth-factor=${String(usualGrowth)}`);
}
