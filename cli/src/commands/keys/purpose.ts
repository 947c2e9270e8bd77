import { isPurpose, purposes, type Purpose } from '@metalcast/keys';
import type { Call } from '../../action.js';
import { usageFailure } from '../../failure.js';

/** The purpose and folder of the command line. */
export function purposeAndFolder({ args }: Call): { purpose: Purpose; folder: string } {
  const [purpose = '', folder = ''] = args;
  if (!isPurpose(purpose)) {
    const known = Object.keys(purposes).join(', ');
    throw usageFailure(`Unknown purpose '${purpose}'.`, `Purposes: ${known}.`);
  }
  return { purpose, folder };
}
