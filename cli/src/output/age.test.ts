import { expect, test } from 'vitest';
import { age } from './age.js';

const now = new Date('2026-01-02T00:00:00Z');
test.each([
  [0, '0 s ago'],
  [59, '59 s ago'],
  [60, '1 min ago'],
  [7199, '1 h ago'],
  [86_400 * 3, '3 d ago'],
  [-5, '0 s ago'],
])('%i s', (seconds, text) => {
  expect(age(new Date(now.getTime() - seconds * 1000), now)).toBe(text);
});
