import { expect, test } from 'vitest';
import type { ListedNode } from '../../api/nodes.js';
import { nodeTable } from './list.js';
import { nodeProperties } from './show.js';

const aNode = (node: Partial<ListedNode>): ListedNode => ({
  uuid: '7b0e5e9e-54f3-4a2a-8a0e-000000000001',
  state: 'available',
  maintenance: false,
  boot_mode: 'none',
  power: { state: 'off' },
  ...node,
});

test('the list shows the most important fields', () => {
  const fault = { code: 'POWER_AUTH', message: 'The BMC refused.' };
  const [, active, kept, dead] = nodeTable([
    aNode({ name: 'rack-1', state: 'active', boot_mode: 'local', power: { state: 'on' } }),
    aNode({ maintenance: true, quarantined: true, rack: 'r7' }),
    aNode({ power: { state: 'unknown', fault } }),
  ]).split('\n');
  expect(active).toMatch(/^7b0e5e9e\S+ +rack-1 +active +on +local$/);
  expect(kept).toMatch(/ r7 +available, maintenance, quarantined +off +none$/);
  expect(dead).toMatch(/ unknown +none +POWER_AUTH$/);
});

test('the list shows what keeps a node from getting servers before anybody tried', () => {
  const [, bare, ready] = nodeTable([
    aNode({ interfaces: [], power: { state: 'unknown', reached: false } }),
    aNode({ interfaces: [{ address: 'aa' }], power: { state: 'off', reached: true } }),
  ]).split('\n');
  expect(bare).toMatch(/ available, no interface, BMC not reached +unknown +none$/);
  expect(ready).toMatch(/ available +off +none$/);
});

test('show prints every field that has a value, unknown fields too', () => {
  const text = nodeProperties(
    aNode({
      name: null,
      interfaces: [{ address: 'aa' }],
      fault: { code: 'BOOT_LOOP', message: 'Again and again.' },
      power: { state: 'on', driver: 'ipmi', fault: null },
    }),
  );
  expect(text).toMatch(/^interfaces +\[\{"address":"aa"\}\]$/m);
  expect(text).toMatch(/^power\.state +on$/m);
  expect(text).toMatch(/^power\.driver +ipmi$/m);
  expect(text).toMatch(/^fault +BOOT_LOOP: Again and again\. Look at the node's console/m);
  expect(text).not.toMatch(/^(name|power\.fault|disks)/m);
});

test('show names the deleted server whose data is on the disks', () => {
  expect(nodeProperties(aNode({ data_of: ['s-1'] }))).toMatch(
    /^disks +still hold the data of server s-1 until the next deployment wipes them$/m,
  );
  expect(nodeProperties(aNode({ data_of: ['s-1'], instance_uuid: 's-1' }))).not.toMatch(/^disks/m);
});
