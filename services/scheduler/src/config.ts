import { flag, integer, list, option, type ConfigOf } from '@metalcast/config';
import { keyOptions } from '@metalcast/keys';
import { notificationOptions, serviceOptions, type ServiceContext } from '@metalcast/service';
import { z } from 'zod';
import { availableFilters, defaultFilters } from './filters/index.js';
import type { Settings } from './settings.js';
import { availableWeighers } from './weighers/index.js';

const filterNames = new Set(availableFilters.map(({ name }) => name));
const weigherNames = new Set(availableWeighers.map(({ name }) => name));

const ratio = (): z.ZodPreprocess<z.ZodNumber> =>
  z.preprocess(
    (value) => (typeof value === 'string' && value !== '' ? Number(value) : value),
    z.number().positive(),
  );

const multipliers = list()
  .default([])
  .transform((items, context) => {
    const entries = items.map((item) => {
      const [name = '', value = '', more] = item.split('=').map((part) => part.trim());
      if (!weigherNames.has(name)) {
        context.addIssue({
          code: 'custom',
          message: `unknown weigher ${name}; known weighers: ${[...weigherNames].join(', ')}`,
        });
      }
      if (value === '' || more !== undefined || !Number.isFinite(Number(value))) {
        context.addIssue({ code: 'custom', message: `${item} must be NAME=NUMBER` });
      }
      return [name, Number(value)] as const;
    });
    return Object.fromEntries(entries);
  });

export const options = {
  ...serviceOptions,
  ...keyOptions('instancePublic'),
  ...notificationOptions,
  filters: option(
    list()
      .default([...defaultFilters])
      .superRefine((names, context) => {
        for (const name of names.filter((one) => !filterNames.has(one))) {
          context.addIssue({
            code: 'custom',
            message: `SchedulerHostFilterNotFound: unknown filter ${name}; known filters: ${[...filterNames].join(', ')}`,
          });
        }
      })
      .describe('Filters that a node must pass (scheduler_default_filters)'),
  ),
  weighers: option(
    multipliers.describe(
      'Multipliers of weighers, NAME=NUMBER, that replace the defaults; 0 switches a weigher off, a negative number reverses it',
    ),
  ),
  hostSubsetSize: option(
    integer()
      .default(1)
      .transform((size) => Math.max(size, 1))
      .describe(
        'The node is chosen at random among this many best nodes (scheduler_host_subset_size)',
      ),
  ),
  ramAllocationRatio: option(
    ratio()
      .default(1)
      .describe(
        'Allocation ratio of memory: a node counts as having its memory times this number (Nova: 1.5)',
      ),
  ),
  cpuAllocationRatio: option(
    ratio()
      .default(1)
      .describe(
        'Allocation ratio of CPUs: a node counts as having its CPUs times this number (Nova: 16)',
      ),
  ),
  diskAllocationRatio: option(
    ratio()
      .default(1)
      .describe('Allocation ratio of disk: a node counts as having its disk times this number'),
  ),
  maxIoOpsPerHost: option(
    integer()
      .default(8)
      .describe(
        'IoOpsFilter: most nodes of one compute host that may be built or torn down at once',
      ),
  ),
  maxInstancesPerHost: option(
    integer().default(50).describe('NumInstancesFilter: most servers of one compute host'),
  ),
  isolatedImages: option(
    list()
      .default([])
      .describe('IsolatedHostsFilter: ids of the images that run on isolated hosts only'),
  ),
  isolatedHosts: option(
    list()
      .default([])
      .describe('IsolatedHostsFilter: compute hosts, or uuids of nodes, that are isolated'),
  ),
  restrictIsolatedHostsToIsolatedImages: option(
    flag()
      .default(true)
      .describe('IsolatedHostsFilter: whether isolated hosts refuse all other images'),
  ),
  maxFailures: option(
    integer()
      .default(3)
      .describe(
        'RecentFailuresFilter: failed builds in a row after which a node is not chosen for a while',
      ),
  ),
  failureWindowMs: option(
    integer()
      .default(3_600_000)
      .describe('How long such a node is not chosen, and how long a failure lowers its weight, ms'),
  ),
  refreshMs: option(
    integer()
      .default(2000)
      .describe('How often changed nodes are read when no event has reported a change, ms'),
  ),
  verifyMs: option(
    integer()
      .default(60_000)
      .describe(
        'How often the whole in-memory view of the nodes is compared with the database, ms',
      ),
  ),
};

export type Config = ConfigOf<typeof options>;

export const settingsOf = (config: Config): Settings => config;

export type SchedulerContext = ServiceContext<typeof options>;
