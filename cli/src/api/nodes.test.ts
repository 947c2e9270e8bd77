import { expect, test } from 'vitest';
import { nodeTable, stateWord } from '../commands/node/list.js';
import { nodeProperties } from '../commands/node/show.js';
import { findNode, type ListedNode } from './nodes.js';

const uuid = '7b0e5e9e-54f3-4a2a-8a0e-00000000000';
const nodes: ListedNode[] = [
  { id: 1, uuid: `${uuid}1`, name: '2', power_state: 1, task_state: 'active', boot_mode: 'local' },
  { id: 2, uuid: `${uuid}2`, name: 'rack-2', power_state: 4, task_state: 'deleted' },
  {
    id: 3,
    uuid: `${uuid}3`,
    maintenance: true,
    fault: { code: 'POWER_AUTH', message: 'The BMC refused.' },
  },
];

test('a node is found by number, then uuid, then name', () => {
  expect(findNode(nodes, '2').id).toBe(2);
  expect(findNode(nodes, `${uuid.toUpperCase()}1`).id).toBe(1);
  expect(findNode(nodes, 'rack-2').id).toBe(2);
  expect(() => findNode(nodes, 'rack')).toThrow('There is no node rack.');
});

test('the list says what one asks first', () => {
  const [, first, second, third] = nodeTable(nodes).split('\n');
  expect(first).toMatch(/^1 .* 2 +active +on +local$/);
  expect(second).toMatch(/rack-2 +available +off$/);
  expect(third).toMatch(/available, maintenance +unknown +POWER_AUTH$/);
  expect(stateWord({ id: 1, uuid })).toBe('available');
});

test('show has every field that has a value', () => {
  const text = nodeProperties({
    ...(nodes[2] as ListedNode),
    interfaces: [{ address: 'aa' }],
    cpus: 2,
  });
  expect(text).toMatch(/^cpus +2$/m);
  expect(text).toMatch(/^interfaces +\[\{"address":"aa"\}\]$/m);
  expect(text).toMatch(/^fault +POWER_AUTH: The BMC refused\.$/m);
  expect(text).not.toMatch(/^name/m);
});
