import { expect, test } from 'vitest';
import { RememberedPasswords } from './remembered-passwords.js';

test('a right password is known for the hash that it had, and every other is wrong for it', () => {
  const verdicts = new RememberedPasswords();
  expect(verdicts.isRight('admin', 'x', 'hash')).toBeUndefined();
  verdicts.keepRight('admin', 'x', 'hash');
  expect(verdicts.isRight('admin', 'x', 'hash')).toBe(true);
  expect(verdicts.isRight('admin', 'y', 'hash')).toBe(false);
  expect(verdicts.isRight('admin', 'x', 'another hash')).toBeUndefined();
  expect(verdicts.isRight('other', 'x', 'hash')).toBeUndefined();
});

test('a wrong password is known as wrong for its user alone', () => {
  const verdicts = new RememberedPasswords();
  verdicts.keepWrong('ab', 'c');
  expect(verdicts.isKnownWrong('ab', 'c')).toBe(true);
  expect(verdicts.isKnownWrong('a', 'bc')).toBe(false);
});
