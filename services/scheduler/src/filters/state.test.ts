import { describe, expect, test } from 'vitest';
import { computeProblems } from '../fleet/compute-services.js';
import { uuidOf, withServer } from '../testing/a-fleet.js';
import { aRequest } from '../testing/a-request.js';
import { now } from '../testing/a-scene.js';
import { verdictOf, type Question } from '../testing/a-verdict.js';
import type { Miss } from './filter.js';

const inHost = { service_host: 'h1' };
const failed = (failures: number, minutesAgo: number): Pick<Question, 'node'> => ({
  node: { failures, failed_at: new Date(now - minutesAgo * 60_000) },
});
const building = { ...inHost, ...withServer(11, 'small', 'building') };
const active = { ...inHost, ...withServer(12, 'large') };

describe('passes', () => {
  test.each<[string, Question]>([
    ['no other server', { filter: 'TypeAffinityFilter', node: inHost }],
    ['servers of its flavor', { filter: 'TypeAffinityFilter', node: inHost, others: [building] }],
    ['of another host', { filter: 'TypeAffinityFilter', others: [active] }],
    [
      'few servers',
      {
        filter: 'NumInstancesFilter',
        node: inHost,
        others: [active],
        settings: { maxInstancesPerHost: 2 },
      },
    ],
    [
      'servers at rest',
      { filter: 'IoOpsFilter', node: inHost, others: [active], settings: { maxIoOpsPerHost: 1 } },
    ],
    ['another host', { filter: 'IgnoredHostsFilter', request: aRequest({ ignoredHosts: ['h1'] }) }],
    [
      'other nodes tried',
      { filter: 'RetryFilter', request: aRequest({ triedNodes: [uuidOf(2)] }) },
    ],
    ['nothing special', { filter: 'MaintenanceFilter' }],
    ['nothing special', { filter: 'QuarantineFilter' }],
    ['nothing special', { filter: 'BmcReachedFilter' }],
    ['few failures', { filter: 'RecentFailuresFilter', ...failed(2, 1) }],
    ['an hour ago', { filter: 'RecentFailuresFilter', ...failed(5, 60) }],
    ['a live service', { filter: 'ComputeFilter', node: { service_host: 'gone' } }],
    [
      'as many interfaces as networks',
      {
        filter: 'NetworkInterfacesFilter',
        node: { interfaces: 2 },
        request: aRequest({ networks: 2 }),
      },
    ],
    ['never used', { filter: 'NodeFreeFilter' }],
    ['used before', { filter: 'NodeFreeFilter', node: { task_state: 'deleted' } }],
  ])('%s: $filter', (_, question) => {
    expect(verdictOf(question)).toBeUndefined();
  });
});

describe('rejects', () => {
  test.each<[Question, Miss]>([
    [
      {
        filter: 'TypeAffinityFilter',
        node: inHost,
        others: [active, { ...inHost, ...withServer(13, 'huge') }],
      },
      {
        reason: 'belongs to a compute host with servers of another flavor',
        distance: 2,
        detail: 'flavors huge, large',
        change: 'delete the servers of flavors huge, large on its compute host',
      },
    ],
    [
      {
        filter: 'NumInstancesFilter',
        node: inHost,
        others: [active, building],
        settings: { maxInstancesPerHost: 1 },
      },
      {
        reason: 'belongs to a compute host with 1 server or more',
        distance: 2,
        detail: '2 servers',
        change: 'raise max_instances_per_host, or enrol the node under another host',
      },
    ],
    [
      {
        filter: 'IoOpsFilter',
        node: inHost,
        others: [active, building],
        settings: { maxIoOpsPerHost: 1 },
      },
      {
        reason: 'belongs to a compute host with 1 node or more under work',
        distance: 1,
        detail: '1 node under work',
        change: 'wait until some of them are done, or raise max_io_ops_per_host',
      },
    ],
    [
      {
        filter: 'IgnoredHostsFilter',
        node: inHost,
        request: aRequest({ ignoredHosts: ['h0', 'h1'] }),
      },
      {
        reason: 'is on a host that the request ignores',
        change: 'take its host out of ignore_hosts',
      },
    ],
    [
      { filter: 'RetryFilter', request: aRequest({ triedNodes: [uuidOf(1)] }) },
      {
        reason: 'was tried already for this server',
        change: 'delete the server and create it again: a new server has no failed attempts',
      },
    ],
    [
      { filter: 'MaintenanceFilter', node: { maintenance: true } },
      {
        reason: 'is in maintenance',
        detail: 'no reason given',
        change: `end its maintenance (metalcast node set ${uuidOf(1)} --no-maintenance)`,
      },
    ],
    [
      {
        filter: 'MaintenanceFilter',
        node: { name: 'n1', maintenance: true, maintenance_reason: 'new fan' },
      },
      {
        reason: 'is in maintenance',
        detail: 'new fan',
        change: 'end its maintenance (metalcast node set n1 --no-maintenance)',
      },
    ],
    [
      {
        filter: 'QuarantineFilter',
        node: { name: 'n1', quarantined: true, quarantine_reason: '5 builds failed' },
      },
      {
        reason: 'is in quarantine',
        detail: '5 builds failed',
        change:
          'find out what is wrong, then end its quarantine (metalcast node set n1 --no-quarantine)',
      },
    ],
    [
      { filter: 'BmcReachedFilter', node: { name: 'n1', bmc_reached: false } },
      {
        reason: 'has a BMC that was not reached yet',
        change:
          'see what its BMC answers (metalcast node show n1), and correct its address or password',
      },
    ],
    [
      { filter: 'RecentFailuresFilter', ...failed(3, 59) },
      {
        reason: 'has 3 or more recent failed builds in a row',
        distance: 1,
        detail: '3 builds failed, 1 minute to go',
        change: `wait 1 minute, or forget them (metalcast node set ${uuidOf(1)} --reset-failures)`,
      },
    ],
    [
      {
        filter: 'ComputeFilter',
        node: inHost,
        problems: computeProblems([
          { host: 'h1', recent: true, disabled: true },
          { host: 'h2', recent: true, disabled: false },
        ]),
      },
      {
        reason: 'belongs to a disabled compute host',
        detail: 'its compute host is h1',
        change: 'start or enable a compute service (metalcast service list)',
      },
    ],
    [
      {
        filter: 'NetworkInterfacesFilter',
        node: { interfaces: 1 },
        request: aRequest({ networks: 2 }),
      },
      {
        reason: 'has too few network interfaces (2 asked)',
        distance: 1,
        detail: '1 interface',
        change: 'ask for 1 network, or enrol its other interfaces',
      },
    ],
    [
      { filter: 'NodeFreeFilter', node: withServer(5) },
      { reason: 'is in use', detail: `server ${uuidOf(5)}`, change: 'delete its server' },
    ],
    [
      { filter: 'NodeFreeFilter', node: { task_state: 'error' } },
      {
        reason: 'is in state "error"',
        change: 'repair the node: its power could not be confirmed off',
      },
    ],
    [
      { filter: 'NodeFreeFilter', node: { task_state: 'cleaning' } },
      { reason: 'is in state "cleaning"', change: 'wait until the work on the node is done' },
    ],
    [
      { filter: 'NodeFreeFilter', node: { interfaces: 0 } },
      {
        reason: 'has no network interface',
        change: 'enrol the address of the NIC that it boots from',
      },
    ],
  ])('%j', (question, miss) => {
    expect(verdictOf(question)).toEqual(miss);
  });
});
