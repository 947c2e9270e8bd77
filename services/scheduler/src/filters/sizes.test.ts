import { describe, expect, test } from 'vitest';
import { anAggregate } from '../testing/a-fleet.js';
import { aFlavor, aRequest } from '../testing/a-request.js';
import { verdictOf, type Question } from '../testing/a-verdict.js';
import type { Miss } from './filter.js';

type Flavor = Parameters<typeof aFlavor>[0];
const of = (flavor: Flavor): Pick<Question, 'request'> => ({
  request: aRequest({ flavor: aFlavor(flavor) }),
});
/** A flavor whose extra specs replace its sizes. */
const instead = (sizes: Record<string, string>, flavor: Flavor = {}): Pick<Question, 'request'> => {
  const specs = Object.entries(sizes).map(([name, size]) => [`resources:${name}`, size]);
  return of({
    ...flavor,
    extra_specs: { ...flavor.extra_specs, ...Object.fromEntries(specs) } as Record<string, string>,
  });
};
const ratio = (key: string, ...values: string[]): Pick<Question, 'node' | 'aggregates'> => ({
  node: { service_host: 'h1' },
  aggregates: values.map((value, index) => anAggregate(index + 1, ['h1'], { [key]: value })),
});

describe('F92: a node of 4 CPUs, 8192 MiB and 100 GiB', () => {
  test.each<[string, Question]>([
    ['the very memory', { filter: 'RamFilter', ...of({ memory_mb: 8192 }) }],
    ['the very CPUs', { filter: 'CoreFilter', ...of({ vcpus: 4 }) }],
    ['the very disk', { filter: 'DiskFilter', ...of({ root_gb: 90, ephemeral_gb: 10 }) }],
    ['a whole GiB of swap', { filter: 'DiskFilter', ...of({ root_gb: 99, swap: 1024 }) }],
    ['nothing', { filter: 'DiskFilter', ...of({ root_gb: 0 }) }],
    [
      'more, by the ratio',
      { filter: 'RamFilter', settings: { ramAllocationRatio: 1.5 }, ...of({ memory_mb: 12_288 }) },
    ],
    [
      'what a node of unknown CPUs may have',
      { filter: 'CoreFilter', node: { cpus: 0 }, ...of({ vcpus: 4 }) },
    ],
    ['unless the ratio is its own', { filter: 'AggregateRamFilter', ...of({ memory_mb: 8192 }) }],
    [
      'by the ratio of its aggregate',
      {
        filter: 'AggregateRamFilter',
        ...ratio('ram_allocation_ratio', '1.5'),
        ...of({ memory_mb: 12_288 }),
      },
    ],
    [
      'by the ratio of its aggregate',
      { filter: 'AggregateCoreFilter', ...ratio('cpu_allocation_ratio', '2'), ...of({ vcpus: 8 }) },
    ],
    [
      'a ratio that is no number is none',
      {
        filter: 'AggregateCoreFilter',
        ...ratio('cpu_allocation_ratio', '0.5x', '', ' '),
        ...of({ vcpus: 4 }),
      },
    ],
    ['any CPUs', { filter: 'CoreFilter', ...instead({ VCPU: '0' }, { vcpus: 9 }) }],
    ['any memory', { filter: 'RamFilter', ...instead({ MEMORY_MB: '0' }, { memory_mb: 9000 }) }],
    ['any disk', { filter: 'DiskFilter', ...instead({ DISK_GB: '0' }, { root_gb: 900 }) }],
    ['less disk', { filter: 'DiskFilter', ...instead({ DISK_GB: '100' }, { root_gb: 900 }) }],
    [
      'any size by aggregates',
      { filter: 'AggregateRamFilter', ...instead({ MEMORY_MB: '0' }, { memory_mb: 9000 }) },
    ],
    [
      'the very sizes that are asked for',
      {
        filter: 'ExactSizeFilter',
        ...instead(
          { VCPU: '0', MEMORY_MB: '8192', DISK_GB: '100' },
          { extra_specs: { 'node:exact_size': 'true' } },
        ),
      },
    ],
    ['sizes are not compared', { filter: 'ExactSizeFilter', ...of({ memory_mb: 1 }) }],
    [
      'nor with false',
      { filter: 'ExactSizeFilter', ...of({ extra_specs: { 'node:exact_size': 'false' } }) },
    ],
    [
      'the very sizes',
      {
        filter: 'ExactSizeFilter',
        ...of({
          memory_mb: 8192,
          vcpus: 4,
          root_gb: 100,
          extra_specs: { 'node:exact_size': 'True' },
        }),
      },
    ],
  ])('has %s: $filter', (_, question) => {
    expect(verdictOf(question)).toBeUndefined();
  });

  test.each<[Question, Miss]>([
    [
      { filter: 'RamFilter', ...of({ memory_mb: 8193 }) },
      {
        reason: 'has too little memory (8193 MiB asked)',
        distance: 1,
        detail: '8192 MiB, 1 MiB short',
        change: 'use a flavor with at most 8192 MiB of memory',
      },
    ],
    [
      { filter: 'CoreFilter', node: { cpus: 1 }, ...of({ vcpus: 3 }) },
      {
        reason: 'has too few CPUs (3 asked)',
        distance: 2,
        detail: '1 CPU, 2 CPUs short',
        change: 'use a flavor with at most 1 CPU',
      },
    ],
    [
      { filter: 'DiskFilter', ...of({ root_gb: 90, ephemeral_gb: 10, swap: 1 }) },
      {
        reason: 'has too little disk (101 GiB asked)',
        distance: 1,
        detail: '100 GiB, 1 GiB short',
        change: 'use a flavor with at most 100 GiB of root, ephemeral and swap disk together',
      },
    ],
    [
      {
        filter: 'AggregateRamFilter',
        ...ratio('ram_allocation_ratio', '1.5', '0.5'),
        ...of({ memory_mb: 8192 }),
      },
      {
        reason: 'has too little memory (8192 MiB asked)',
        distance: 4096,
        detail: '4096 MiB, 4096 MiB short',
        change: 'use a flavor with at most 4096 MiB of memory',
      },
    ],
    [
      { filter: 'AggregateCoreFilter', ...of({ vcpus: 5 }) },
      {
        reason: 'has too few CPUs (5 asked)',
        distance: 1,
        detail: '4 CPUs, 1 CPU short',
        change: 'use a flavor with at most 4 CPUs',
      },
    ],
    [
      { filter: 'CoreFilter', ...instead({ VCPU: '9' }) },
      {
        reason: 'has too few CPUs (9 asked)',
        distance: 5,
        detail: '4 CPUs, 5 CPUs short',
        change: 'use a flavor with resources:VCPU of at most 4',
      },
    ],
    [
      {
        filter: 'ExactSizeFilter',
        ...instead(
          { MEMORY_MB: '0', DISK_GB: '50' },
          { vcpus: 4, extra_specs: { 'node:exact_size': 'true' } },
        ),
      },
      {
        reason: 'is not of exactly 4 CPUs and 50 GiB',
        distance: 0.5,
        detail: '4 CPUs and 100 GiB',
        change: 'use a flavor of 4 CPUs and 100 GiB',
      },
    ],
    [
      {
        filter: 'ExactSizeFilter',
        ...of({
          vcpus: 1,
          memory_mb: 8192,
          root_gb: 50,
          extra_specs: { 'node:exact_size': 'true' },
        }),
      },
      {
        reason: 'is not of exactly 1 CPU, 8192 MiB and 50 GiB',
        distance: 0.75 + 0.5,
        detail: '4 CPUs, 8192 MiB and 100 GiB',
        change: 'use a flavor of 4 CPUs, 8192 MiB and 100 GiB',
      },
    ],
  ])('%j', (question, miss) => {
    expect(verdictOf(question)).toEqual(miss);
  });
});
