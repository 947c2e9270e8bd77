import {
  leastConfigDriveBytes,
  leastDiskBytes,
  mib,
  wantedPartitions,
} from '@metalcast/disk-image/table';
import type { KindRequest } from '../../request/kind-request.js';
import { listed, passAll, type KindFilter } from '../filter.js';

const mibOfGib = 1024;

/**
 * Passes nodes whose disk has room for the image, and behind its partitions for config drive and swap. A flavor with
 * disk 0 asks DiskFilter for nothing. Nova has no such filter.
 */
export const imageSize: KindFilter = {
  name: 'ImageSizeFilter',
  prepare(request) {
    const needed = neededBytes(request);
    if (needed === undefined) {
      return passAll;
    }
    const asked = Math.ceil(needed.bytes / mib);
    const reason = `has too small a disk for the ${needed.what} (${asked} MiB needed)`;
    return {
      kind({ localGb }) {
        const has = localGb * mibOfGib;
        return has >= asked || has === 0
          ? undefined
          : {
              reason,
              distance: asked - has,
              detail: `${has} MiB, ${asked - has} MiB short`,
              change:
                needed.added === 0
                  ? `use an image of at most ${has} MiB`
                  : `use an image whose partitions end at ${has - needed.added / mib} MiB or before`,
            };
      },
    };
  },
};

/** Undefined: not known. `added`: of the bytes, those behind the image's own partitions. */
function neededBytes({
  image,
  flavor,
  configDrive,
}: KindRequest): { bytes: number; added: number; what: string } | undefined {
  const { virtual_size: size, facts } = image ?? {};
  if (size === undefined) {
    return undefined;
  }
  const wanted = wantedPartitions(flavor.swap, configDrive ? leastConfigDriveBytes : 0);
  const bytes = facts === undefined ? size : leastDiskBytes(facts, size, wanted);
  if (facts === undefined || bytes === size) {
    return { bytes, added: 0, what: 'image' };
  }
  const added = wanted.reduce((sum, { length }) => sum + length, facts.backup_bytes);
  const names = [...(configDrive ? ['config drive'] : []), ...(flavor.swap > 0 ? ['swap'] : [])];
  return { bytes, added, what: listed(['image', ...names]) };
}
