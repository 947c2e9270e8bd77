import { sizeFilter } from '../../filter-patterns/size.js';

const memory = {
  of: ({ memoryMb }: { memoryMb: number }) => memoryMb,
  resource: 'MEMORY_MB' as const,
  ratioKey: 'ram_allocation_ratio',
  ratio: ({ ramAllocationRatio }: { ramAllocationRatio: number }) => ramAllocationRatio,
  reason: (asked: number) => `has too little memory (${asked} MiB asked)`,
  show: (amount: number) => `${amount} MiB`,
  change: (has: number) => `use a flavor with at most ${has} MiB of memory`,
};

/** Nova's RamFilter: enough memory. */
export const ram = sizeFilter({ name: 'RamFilter', ...memory }, false);
/** Nova's AggregateRamFilter: the same, with the ratio of the node's aggregates. */
export const aggregateRam = sizeFilter({ name: 'AggregateRamFilter', ...memory }, true);
