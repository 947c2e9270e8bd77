import process from 'node:process';
import { isOld, services } from '../../../services/bundle-stamp.mjs';

/** On stderr: figures alone are on stdout. */
export const tellPhase = (phase) => process.stderr.write(`${phase} …\n`);

/** What is measured is what was built, maybe long ago. */
export function warnOfOldServices() {
  const old = services.filter(isOld);
  if (old.length > 0) {
    process.stderr.write(
      `Warning: older than their sources, run \`npm run build\` to measure what stands there: ${old.join(', ')}\n`,
    );
  }
}
