import { expect, test } from 'vitest';
import { computeProblems, problemsOnceLive, workingHosts } from './compute-services.js';

const live = { host: 'h1', up: true, recent: true, disabled: false };
const dead = { host: 'h2', up: false, recent: false, disabled: false };
const disabled = { host: 'h3', up: true, recent: true, disabled: true };
const signedOff = { host: 'h4', up: false, recent: true, disabled: false };

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
  ['one that signed off a moment ago comes back', [dead, signedOff], null, undefined],
  [
    'unless it is disabled',
    [{ ...signedOff, disabled: true }],
    null,
    'has no compute service but disabled ones',
  ],
  [
    'one that is disabled does not count',
    [disabled],
    null,
    'has no compute service but disabled ones',
  ],
  ['none was ever there', [], 'h1', 'has no live compute service'],
])('%s', (_, services, host, problem) => {
  expect(computeProblems(services)(host)).toBe(problem);
});

test.each([
  ['one that lives', [live, dead], 'nobody'],
  ['one that signed off a moment ago', [signedOff], 'nobody'],
  ['a dead one', [dead], undefined],
  ['none that was ever there', [], undefined],
  ['all disabled by an operator', [disabled, { ...dead, disabled: true }], 'nobody'],
  ['a dead one beside a disabled one', [dead, disabled], undefined],
])('of %s only possible compute services are awaited', (_, services, awaited) => {
  const problems = problemsOnceLive(services);
  expect(problems === undefined ? 'nobody' : problems(null)).toBe(awaited);
});

test('a node of a disabled host is unfit even while no compute service is live', () => {
  expect(problemsOnceLive([dead, disabled])?.('h3')).toBe(
    'belongs to the disabled compute host h3',
  );
});

test('live hosts come first, then recently stopped ones', () => {
  expect(workingHosts([signedOff, dead, disabled, live])).toEqual(['h1', 'h4']);
  expect(workingHosts([dead, disabled])).toEqual([]);
});
