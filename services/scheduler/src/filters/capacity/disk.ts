import { sizeFilter } from '../../filter-patterns/size.js';

/** Nova's DiskFilter: enough disk for all partitions of the flavor, swap included. */
export const disk = sizeFilter(
  {
    name: 'DiskFilter',
    of: ({ localGb }) => localGb,
    resource: 'DISK_GB',
    ratioKey: 'disk_allocation_ratio',
    ratio: ({ diskAllocationRatio }) => diskAllocationRatio,
    reason: (asked) => `has too little disk (${asked} GiB asked)`,
    show: (amount) => `${amount} GiB`,
    change: (has) =>
      `use a flavor with at most ${has} GiB of root, ephemeral and swap disk together`,
  },
  false,
);
