import type { FlavorSnapshot } from '@metalcast/contracts';
import { malformedExtraSpec } from '@metalcast/domain';
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
  if (!/^\d{1,9}$/.test(text)) {
    throw malformedExtraSpec(`${key}=${text}`, 'a size is a whole number from 0');
  }
  const size = Number(text);
  return size === 0 ? null : size;
}
