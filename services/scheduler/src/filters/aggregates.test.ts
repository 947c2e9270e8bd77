import { describe, expect, test } from 'vitest';
import { anAggregate, uuidOf } from '../testing/a-fleet.js';
import { aFlavor, aRequest, asking } from '../testing/a-request.js';
import { verdictOf, type Question } from '../testing/a-verdict.js';
import type { Miss } from './filter.js';

const inHost = { node: { service_host: 'h1' } };
const inAggregates = (
  ...metadata: Record<string, string>[]
): Pick<Question, 'node' | 'aggregates'> => ({
  ...inHost,
  aggregates: metadata.map((one, index) => anAggregate(index + 1, ['h1'], one)),
});
const inZone = (zone: string | null): Pick<Question, 'request'> => ({
  request: aRequest({ zone }),
});
const forFlavor = (name: string): Pick<Question, 'request'> => ({
  request: aRequest({ flavor: aFlavor({ name }) }),
});
const forImage = (id: string | null): Pick<Question, 'request'> => ({
  request: aRequest({ image: id === null ? null : { id, properties: {} } }),
});
const isolating = { isolatedImages: ['safe'], isolatedHosts: ['h1', uuidOf(1)] };
const aggregateSpec = 'aggregate_instance_extra_specs:ssd';

describe('F87, F95: passes', () => {
  test.each<[string, Question]>([
    ['no zone asked', { filter: 'AvailabilityZoneFilter', node: { availability_zone: 'az1' } }],
    ['an empty one', { filter: 'AvailabilityZoneFilter', ...inZone('') }],
    ['the default zone by name', { filter: 'AvailabilityZoneFilter', ...inZone('nova') }],
    [
      'its own zone',
      { filter: 'AvailabilityZoneFilter', node: { availability_zone: 'az1' }, ...inZone('az1') },
    ],
    [
      "its aggregate's zone",
      {
        filter: 'AvailabilityZoneFilter',
        ...inAggregates({ ssd: 'true' }, { availability_zone: 'az2' }),
        ...inZone('az2'),
      },
    ],
    [
      'other scopes',
      { filter: 'AggregateInstanceExtraSpecsFilter', request: asking({ 'capabilities:x': '1' }) },
    ],
    [
      'any value of several aggregates',
      {
        filter: 'AggregateInstanceExtraSpecsFilter',
        ...inAggregates({ ssd: '2' }, { ssd: '8' }),
        request: asking({ [aggregateSpec]: '>= 8', ssd: '2' }),
      },
    ],
    [
      'a key with colons',
      {
        filter: 'AggregateInstanceExtraSpecsFilter',
        ...inAggregates({ 'a:b': 'x' }),
        request: asking({ 'aggregate_instance_extra_specs:a:b': 'x' }),
      },
    ],
    ['an aggregate for all', { filter: 'AggregateMultiTenancyIsolation', ...inAggregates({}) }],
    [
      'one of its projects',
      {
        filter: 'AggregateMultiTenancyIsolation',
        ...inAggregates({ filter_tenant_id: 'p0' }, { filter_tenant_id: ' p2, p1 ' }),
      },
    ],
    [
      'an aggregate for all flavors',
      { filter: 'AggregateTypeAffinityFilter', ...inAggregates({}) },
    ],
    [
      'one of its flavors',
      {
        filter: 'AggregateTypeAffinityFilter',
        ...inAggregates({ instance_type: 'large, small' }),
        ...forFlavor('small'),
      },
    ],
    ['nothing isolated', { filter: 'IsolatedHostsFilter', ...inHost, ...forImage('other') }],
    ['both isolated', { filter: 'IsolatedHostsFilter', settings: isolating, ...forImage('safe') }],
    [
      'neither',
      {
        filter: 'IsolatedHostsFilter',
        settings: { ...isolating, isolatedHosts: ['h2'] },
        ...forImage('other'),
      },
    ],
    [
      'an isolated host that takes others',
      {
        filter: 'IsolatedHostsFilter',
        settings: { ...isolating, restrictIsolatedHostsToIsolatedImages: false },
        ...forImage(null),
      },
    ],
  ])('%s: $filter', (_, question) => {
    expect(verdictOf(question)).toBeUndefined();
  });
});

describe('F87, F95: rejects', () => {
  test.each<[Question, Miss]>([
    [
      { filter: 'AvailabilityZoneFilter', ...inZone('az1') },
      {
        reason: 'is in another zone than az1',
        detail: 'it is in zone nova',
        change: 'ask for zone nova, or for none',
      },
    ],
    [
      {
        filter: 'AvailabilityZoneFilter',
        node: { service_host: 'h1', availability_zone: 'own' },
        aggregates: [anAggregate(1, ['h1'], { availability_zone: 'az1' })],
        ...inZone('az1'),
      },
      {
        reason: 'is in another zone than az1',
        detail: 'it is in zone own',
        change: 'ask for zone own, or for none',
      },
    ],
    [
      { filter: 'AggregateInstanceExtraSpecsFilter', request: asking({ [aggregateSpec]: 'true' }) },
      {
        reason: 'is in no aggregate whose ssd meets "true"',
        detail: 'none of its aggregates has ssd',
        change: 'add the node to an aggregate whose ssd meets "true"',
      },
    ],
    [
      {
        filter: 'AggregateInstanceExtraSpecsFilter',
        ...inAggregates({ ssd: '2' }, { ssd: '4' }),
        request: asking({ ssd: '>= 8' }),
      },
      {
        reason: 'is in no aggregate whose ssd meets ">= 8"',
        detail: 'ssd of its aggregates is 2, 4',
        change: 'add the node to an aggregate whose ssd meets ">= 8"',
      },
    ],
    [
      {
        filter: 'AggregateInstanceExtraSpecsFilter',
        ...inAggregates({ ssd: '2' }),
        request: asking({ ssd: '>= 8', gen: '3' }),
      },
      {
        reason: 'is in no aggregate whose ssd meets ">= 8", and in none whose gen meets "3"',
        detail: 'ssd of its aggregates is 2 and none of its aggregates has gen',
        change:
          'add the node to an aggregate whose ssd meets ">= 8", and to one whose gen meets "3"',
      },
    ],
    [
      { filter: 'AggregateMultiTenancyIsolation', ...inAggregates({ filter_tenant_id: 'p2,p3' }) },
      {
        reason: 'is kept for other projects',
        detail: 'for p2, p3',
        change: 'add the project to filter_tenant_id of its aggregate',
      },
    ],
    [
      {
        filter: 'AggregateMultiTenancyIsolation',
        ...inAggregates({ filter_tenant_id: 'p2' }),
        request: aRequest({ projectId: null }),
      },
      {
        reason: 'is kept for other projects',
        detail: 'for p2',
        change: 'add the project to filter_tenant_id of its aggregate',
      },
    ],
    [
      {
        filter: 'AggregateTypeAffinityFilter',
        ...inAggregates({ instance_type: 'large' }),
        ...forFlavor('small'),
      },
      {
        reason: 'is kept for other flavors than small',
        detail: 'for large',
        change: 'use flavor large, or add this one to instance_type of its aggregate',
      },
    ],
    [
      {
        filter: 'AggregateTypeAffinityFilter',
        ...inAggregates({ instance_type: 'large' }, { instance_type: 'huge' }),
        ...forFlavor('small'),
      },
      {
        reason: 'is kept for other flavors than small',
        detail: 'for large, huge',
        change:
          'use one of the flavors large, huge, or add this one to instance_type of its aggregate',
      },
    ],
    [
      {
        filter: 'IsolatedHostsFilter',
        node: { service_host: 'h2', uuid: uuidOf(2) },
        settings: isolating,
        ...forImage('safe'),
      },
      { reason: 'is not isolated, as the image requires', change: 'add h2 to isolated_hosts' },
    ],
    [
      { filter: 'IsolatedHostsFilter', ...inHost, settings: isolating, ...forImage('other') },
      {
        reason: 'is isolated, and kept for isolated images',
        change:
          'use one of the isolated images, or take the node and its host out of isolated_hosts',
      },
    ],
  ])('%j', (question, miss) => {
    expect(verdictOf(question)).toEqual(miss);
  });
});
