import { plural } from './filter.js';
import { sizeFilter } from './size.js';

const cpus = {
  of: (kind: { cpus: number }) => kind.cpus,
  asked: ({ flavor }: { flavor: { vcpus: number } }) => flavor.vcpus,
  ratioKey: 'cpu_allocation_ratio',
  ratio: ({ cpuAllocationRatio }: { cpuAllocationRatio: number }) => cpuAllocationRatio,
  reason: (asked: number) => `has too few CPUs (${asked} asked)`,
  show: (amount: number) => plural(amount, 'CPU'),
  change: (has: number) => `a flavor with at most ${plural(has, 'CPU')}`,
};

/** Nova's CoreFilter: enough CPUs. */
export const core = sizeFilter({ name: 'CoreFilter', ...cpus }, false);
/** Nova's AggregateCoreFilter: the same, with the ratio of the node's aggregates. */
export const aggregateCore = sizeFilter({ name: 'AggregateCoreFilter', ...cpus }, true);
