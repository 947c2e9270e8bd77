import { expect, test } from 'vitest';
import { nodeLabel } from './node-label.js';

test('a node is named by uuid and name, or by its uuid alone', () => {
  expect(nodeLabel({ uuid: 'u', name: 'rack1-u12' })).toBe('u (rack1-u12)');
  expect(nodeLabel({ uuid: 'u', name: null })).toBe('u');
});
