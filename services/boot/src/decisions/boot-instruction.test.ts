import { expect, test } from 'vitest';
import { bootInstructionFor } from './boot-instruction.js';

test.each([
  ['deploy', 0, 'deploy'],
  ['deploy', 2, 'deploy'],
  ['deploy', 3, 'power-off'],
  ['deploy', 9, 'power-off'],
  ['local', 0, 'local'],
  ['local', 9, 'local'],
  ['none', 0, 'none'],
  ['rescue', 0, 'none'],
])('%s after %i tries: %s', (bootMode, triesWithoutProgress, expected) => {
  expect(bootInstructionFor({ bootMode, triesWithoutProgress }, 3)).toBe(expected);
});
