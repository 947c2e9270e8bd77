import { expect, test } from 'vitest';
import { Microversion } from '../../http/routing/microversion.js';
import type { Hypervisor } from './hypervisors.js';
import { hypervisorSummary, hypervisorView } from './hypervisors.view.js';

const uuid = '7c1b2c3d-0000-4000-8000-00000000000a';
const live = { id: 3, host: 'h1', up: true, disabled: false, disabledReason: null };

const aHypervisor = (node: object = {}, service: object | null = {}): Hypervisor =>
  ({
    node: {
      id: 1,
      uuid,
      cpus: 4,
      memoryMb: 8192,
      localGb: 100,
      maintenance: false,
      instanceUuid: null,
      operationId: null,
      bmcReached: true,
      interfaces: [7],
      powerFault: null,
      ...node,
    },
    service: service === null ? undefined : { ...live, ...service },
  }) as unknown as Hypervisor;

test.each([
  ['all is well', aHypervisor(), 'up', 'enabled'],
  ['the service is silent', aHypervisor({}, { up: false }), 'down', 'enabled'],
  ['the service is disabled', aHypervisor({}, { disabled: true }), 'up', 'disabled'],
  ['the node is in maintenance', aHypervisor({ maintenance: true }), 'up', 'disabled'],
  ['the node has no network interface', aHypervisor({ interfaces: [] }), 'down', 'disabled'],
  ['its BMC was not reached yet', aHypervisor({ bmcReached: false }), 'down', 'disabled'],
  ['there is no service', aHypervisor({}, null), 'down', 'disabled'],
])('%s', (_, hypervisor, state, status) => {
  expect(hypervisorSummary(hypervisor)).toEqual({
    id: 1,
    hypervisor_hostname: uuid,
    state,
    status,
  });
});

test('a node is in use whole or not at all', () => {
  const free = hypervisorView(aHypervisor(), new Microversion(1));
  expect(free).toMatchObject({ vcpus: 4, vcpus_used: 0, free_ram_mb: 8192, running_vms: 0 });
  const used = hypervisorView(aHypervisor({ instanceUuid: uuid }), new Microversion(1));
  expect(used).toMatchObject({ vcpus_used: 4, free_ram_mb: 0, free_disk_gb: 0, running_vms: 1 });
});

test.each([
  [27, '{"model":"baremetal cpu"}'],
  [28, { model: 'baremetal cpu' }],
])('cpu_info in 2.%d', (minor, cpuInfo) => {
  expect(hypervisorView(aHypervisor(), new Microversion(minor))).toMatchObject({
    cpu_info: cpuInfo,
  });
});

test('a host that is not known is a text', () => {
  const view = hypervisorView(aHypervisor({}, null), new Microversion(1));
  expect(view).toMatchObject({ service: { host: '' } });
});

test.each([
  [{ interfaces: [] }, 'The node has no network interface.'],
  [{ bmcReached: false }, "The node's BMC was not reached yet."],
  [
    { bmcReached: false, powerFault: { message: 'No route.' } },
    "The node's BMC was not reached yet: No route.",
  ],
  [{ powerFault: { message: 'No route.' } }, null],
])('why a node with %o is no capacity', (node, reason) => {
  const view = hypervisorView(aHypervisor(node), new Microversion(1));
  expect(view).toMatchObject({ service: { disabled_reason: reason } });
});
