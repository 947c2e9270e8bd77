import { deploymentStates, nodeStates, powerCommandStates } from '@metalcast/domain';
import { expect, test } from 'vitest';
import { among, word } from './state-words.js';

test('a state stands in the text, not among the parameters', () => {
  expect(word('deploy complete')).toMatchObject({ sql: "'deploy complete'", values: [] });
  expect(among(['queued', 'running'])).toMatchObject({ sql: "('queued', 'running')", values: [] });
});

test.each([nodeStates, deploymentStates, powerCommandStates])(
  'every state may stand there',
  (machine) => {
    expect(() => among(machine.states)).not.toThrow();
  },
);

test.each(["it's", '', "x') OR (1=1", 'Upper', '1'])('%j is no state', (text) => {
  expect(() => word(text)).toThrow(/is no state/);
});
