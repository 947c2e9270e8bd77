import { expect, test } from 'vitest';
import { computeProblems } from './compute-services.js';

const live = { host: 'h1', up: true, disabled: false };
const dead = { host: 'h2', up: false, disabled: false };
const disabled = { host: 'h3', up: true, disabled: true };

test.each([
  ['any live service runs any node', [live, dead], 'h2', undefined],
  ['a node of no host is everybody’s', [live, disabled], null, undefined],
  [
    'a disabled host takes its nodes out',
    [live, disabled],
    'h3',
    'belongs to the disabled compute host h3',
  ],
  [
    'a dead one that is disabled too',
    [live, { ...dead, disabled: true }],
    'h2',
    'belongs to the disabled compute host h2',
  ],
  ['nobody lives', [dead], null, 'has no live compute service'],
  ['one that is disabled does not count', [disabled], null, 'has no live compute service'],
  ['none was ever there', [], 'h1', 'has no live compute service'],
])('%s', (_, services, host, problem) => {
  expect(computeProblems(services)(host)).toBe(problem);
});
