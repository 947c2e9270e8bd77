import type { FlavorSnapshot } from '@metalcast/contracts';
import { parseResourceAmount } from '@metalcast/domain';
import { diskGb } from './placement-request.js';

/** A size by Placement's name of it. */
export type SizeName = 'VCPU' | 'MEMORY_MB' | 'DISK_GB';

const ofFlavor: Readonly<Record<SizeName, (flavor: FlavorSnapshot) => number>> = {
  VCPU: ({ vcpus }) => vcpus,
  MEMORY_MB: ({ memory_mb: memoryMb }) => memoryMb,
  DISK_GB: diskGb,
};

/** Extra spec that says what to ask for instead of the flavor's own size (as for Ironic). */
export const sizeKey = (name: SizeName): `resources:${SizeName}` => `resources:${name}`;

/**
 * What is asked of a node's size: the flavor's own, unless its extra spec says another one. Null: nothing is, since the
 * extra spec is 0. Fault EXTRA_SPEC_MALFORMED for one that is no number.
 */
export function askedSize(flavor: FlavorSnapshot, name: SizeName): number | null {
  const key = sizeKey(name);
  const text = flavor.extra_specs[key];
  if (text === undefined) {
    return ofFlavor[name](flavor);
  }
  const size = parseResourceAmount(key, text);
  return size === 0 ? null : size;
}
