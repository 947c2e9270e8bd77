import type { FlavorSnapshot } from '@metalcast/contracts';
import { parseResourceAmount } from '@metalcast/domain';
import { diskGb } from './placement-request.js';

/** A size by its name in Placement. */
export type SizeName = 'VCPU' | 'MEMORY_MB' | 'DISK_GB';

const ofFlavor: Readonly<Record<SizeName, (flavor: FlavorSnapshot) => number>> = {
  VCPU: ({ vcpus }) => vcpus,
  MEMORY_MB: ({ memory_mb: memoryMb }) => memoryMb,
  DISK_GB: diskGb,
};

/** Extra spec that replaces the flavor's own size (as for Ironic). */
export const sizeKey = (name: SizeName): `resources:${SizeName}` => `resources:${name}`;

/**
 * The requested size: the extra spec, else the flavor's own size. Null when the extra spec is 0, which means no demand.
 * Fault EXTRA_SPEC_MALFORMED for an extra spec that is not a number.
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
