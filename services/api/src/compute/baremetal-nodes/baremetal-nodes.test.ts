import type { BaremetalNode } from '@metalcast/db/api';
import { expect, test } from 'vitest';
import { createNode, nodeAction } from './baremetal-nodes.schema.js';
import { baremetalNodeView } from './baremetal-nodes.view.js';

const least = { service_host: 'h1', cpus: 2, memory_mb: 1024, local_gb: 10 };

test('sizes as text, as the 2013 client sends them, and a MAC in any spelling', () => {
  const node = { ...least, cpus: '2', prov_mac_address: '52-54-00-AA-BB-0C' };
  expect(createNode.parse({ node }).node).toEqual({
    ...least,
    prov_mac_address: '52:54:00:aa:bb:0c',
  });
});

test.each<[string, object]>([
  ['no size', { cpus: undefined }],
  ['nought', { local_gb: 0 }],
  ['more than a column holds', { memory_mb: 2_147_483_648 }],
  ['a MAC that is none', { prov_mac_address: '52:54' }],
  ['a column that is not the operator’s', { task_state: 'active' }],
  ['an id', { id: 7 }],
  ['interfaces at once', { interfaces: [{ address: '52:54:00:aa:bb:0c' }] }],
  ['a port that is none', { terminal_port: 70_000 }],
])('%s is refused', (_, change) => {
  expect(createNode.safeParse({ node: { ...least, ...change } }).success).toBe(false);
});

test.each<[string, object, boolean]>([
  ['an address to add', { add_interface: { address: '525400aabb0c' } }, true],
  ['no address to add', { add_interface: {} }, false],
  ['an id to remove', { remove_interface: { id: 1 } }, true],
  ['an address to remove', { remove_interface: { address: '525400aabb0c' } }, true],
  ['nothing to remove', { remove_interface: { id: null } }, false],
  ['two at once', { add_interface: { address: '525400aabb0c' }, remove_interface: {} }, false],
])('%s: %j', (_, action, accepted) => {
  expect(nodeAction.safeParse(action).success).toBe(accepted);
});

test('neither uuid nor password is shown', () => {
  const node = {
    ...{ id: 1, uuid: 'canary', pmSecret: 'canary', powerFault: { message: 'canary' } },
    ...{ serviceHost: 'h1', cpus: 2, memoryMb: 1024, localGb: 10, pmAddress: '192.0.2.1' },
    ...{ pmUser: 'root', terminalPort: null, instanceUuid: null },
    interfaces: [{ id: 4, address: '52:54:00:aa:bb:0c', datapathId: null, portNo: null }],
  } as unknown as BaremetalNode;
  const view = baremetalNodeView(node);
  expect(view).toMatchObject({
    id: 1,
    pm_user: 'root',
    interfaces: [{ id: 4, address: '52:54:00:aa:bb:0c' }],
  });
  expect(JSON.stringify(view)).not.toContain('canary');
});
