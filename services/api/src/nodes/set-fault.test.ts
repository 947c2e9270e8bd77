import { Fault } from '@metalcast/domain';
import { expect, test } from 'vitest';
import { setFault } from './set-fault.js';

const missing = (key: string) => ({
  key,
  fault: new Fault('NOT_FOUND', { what: 'Node', id: key }),
});

test('of one thing its own fault, of several a sentence for each, under the code of the first', () => {
  const one = missing('a');
  expect(setFault([one], { count: 1, action: 'changed' })).toBe(one.fault);
  expect(setFault([one], { count: 2, action: 'changed' })).toMatchObject({
    code: 'NOT_FOUND',
    message: '1 of 2 nodes cannot be changed, so none was. a: Node a could not be found.',
  });
});

test('so many are told, the others counted', () => {
  const faults = Array.from({ length: 13 }, (_, n) => missing(`n${n}`));
  const { message } = setFault(faults, { count: 20, action: 'removed' });
  expect(message).toMatch(/^13 of 20 nodes cannot be removed, so none was\. n0: /);
  expect(message).toMatch(/n9: Node n9 could not be found\. And 3 more\.$/);
});
