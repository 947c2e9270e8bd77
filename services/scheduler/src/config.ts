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

/** `NAME=NUMBER` items by name. */
const multipliers = list()
  .default([])
  .transform((items, context) => {
    const entries = items.map((item) => {
      const [name = '', value = '', more] = item.split('=').map((part) => part.trim());
      if (!weigherNames.has(name)) {
        context.addIssue({
          code: 'custom',
          message: `no weigher is called ${name}; there are ${[...weigherNames].join(', ')}`,
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
            message: `SchedulerHostFilterNotFound: no filter is called ${name}; there are ${[...filterNames].join(', ')}`,
          });
        }
      })
      .describe('Filters that a node must pass (scheduler_default_filters)'),
  ),
  weighers: option(
    multipliers.describe(
      'Multipliers of weighers, NAME=NUMBER, where they are not to be the usual ones; 0 leaves one out, a negative one turns it round',
    ),
  ),
  hostSubsetSize: option(
    integer()
      .default(1)
      .transform((size) => Math.max(size, 1))
      .describe('One of so many best nodes is taken, at random (scheduler_host_subset_size)'),
  ),
  ramAllocationRatio: option(
    ratio().default(1).describe('How much memory a node may give, of what it has (Nova: 1.5)'),
  ),
  cpuAllocationRatio: option(
    ratio().default(1).describe('How many CPUs a node may give, of what it has (Nova: 16)'),
  ),
  diskAllocationRatio: option(
    ratio().default(1).describe('How much disk a node may give, of what it has'),
  ),
  maxIoOpsPerHost: option(
    integer().default(8).describe('IoOpsFilter: nodes of one compute host under work at once'),
  ),
  maxInstancesPerHost: option(
    integer().default(50).describe('NumInstancesFilter: servers of one compute host'),
  ),
  isolatedImages: option(
    list().default([]).describe('IsolatedHostsFilter: ids of images for isolated hosts only'),
  ),
  isolatedHosts: option(
    list()
      .default([])
      .describe('IsolatedHostsFilter: compute hosts, or uuids of nodes, for those images'),
  ),
  restrictIsolatedHostsToIsolatedImages: option(
    flag().default(true).describe('IsolatedHostsFilter: whether isolated hosts take no others'),
  ),
  maxFailures: option(
    integer()
      .default(3)
      .describe('RecentFailuresFilter: failed builds in a row after which a node rests'),
  ),
  failureWindowMs: option(
    integer()
      .default(3_600_000)
      .describe('How long a node rests then, and a failure counts against it, ms'),
  ),
  refreshMs: option(
    integer().default(2000).describe('How often nodes are looked at without an event, ms'),
  ),
  verifyMs: option(
    integer()
      .default(60_000)
      .describe('How often the view of the nodes is compared with the database as a whole, ms'),
  ),
};

export type Config = ConfigOf<typeof options>;

export const settingsOf = (config: Config): Settings => config;

export type SchedulerContext = ServiceContext<typeof options>;
