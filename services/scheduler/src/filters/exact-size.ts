import { diskGb } from '../request/placement-request.js';
import { passAll, plural, type HostFilter } from './filter.js';

/** Extra spec: "true" asks for nodes of the flavor's very sizes. */
export const exactSizeKey = 'node:exact_size';

/** Passes nodes of exactly the flavor's memory, CPUs and disk, where the flavor asks for that. 2013 had no such filter. */
export const exactSize: HostFilter = {
  name: 'ExactSizeFilter',
  prepare({ flavor }) {
    if (flavor.extra_specs[exactSizeKey]?.toLowerCase() !== 'true') {
      return passAll;
    }
    const { memory_mb: memory, vcpus } = flavor;
    const gb = diskGb(flavor);
    const reason = `is not of exactly ${sizes(vcpus, memory, gb)}`;
    return {
      kind({ cpus, memoryMb, localGb }) {
        if (cpus === vcpus && memoryMb === memory && localGb === gb) {
          return undefined;
        }
        const has = sizes(cpus, memoryMb, localGb);
        const distance = away(cpus, vcpus) + away(memoryMb, memory) + away(localGb, gb);
        return { reason, distance, detail: has, change: `use a flavor of ${has}` };
      },
    };
  },
};

const sizes = (cpus: number, memoryMb: number, gb: number): string =>
  `${plural(cpus, 'CPU')}, ${memoryMb} MiB and ${gb} GiB`;

const away = (has: number, asked: number): number =>
  Math.abs(has - asked) / Math.max(has, asked, 1);
