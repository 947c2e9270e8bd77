import { isPurpose, purposes, type Purpose } from '@metalcast/keys';
import type { Call } from '../../action.js';
import { usageFailure } from '../../failure.js';

/** The purpose and the folder that a command line names. */
export function purposeAndFolder({ args }: Call): { purpose: Purpose; folder: string } {
  const [purpose = '', folder = ''] = args;
  if (!isPurpose(purpose)) {
    const known = Object.keys(purposes).join(', ');
    throw usageFailure(`There are no keys for '${purpose}'.`, `There are keys for ${known}.`);
  }
  return { purpose, folder };
}
