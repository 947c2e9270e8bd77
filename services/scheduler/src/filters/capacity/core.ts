import { sizeFilter } from '../../filter-patterns/size.js';
import { plural } from '../filter.js';

const cpus = {
  of: (kind: { cpus: number }) => kind.cpus,
  resource: 'VCPU' as const,
  ratioKey: 'cpu_allocation_ratio',
  ratio: ({ cpuAllocationRatio }: { cpuAllocationRatio: number }) => cpuAllocationRatio,
  passesUnknown: true as const,
  reason: (asked: number) => `has too few CPUs (${asked} asked)`,
  show: (amount: number) => plural(amount, 'CPU'),
  change: (has: number) => `use a flavor with at most ${plural(has, 'CPU')}`,
};

/** Nova's CoreFilter: enough CPUs, as far as they are known. */
export const core = sizeFilter({ name: 'CoreFilter', ...cpus }, false);
/** Nova's AggregateCoreFilter: the same, with the ratio of the node's aggregates. */
export const aggregateCore = sizeFilter({ name: 'AggregateCoreFilter', ...cpus }, true);
