import { expect, test } from 'vitest';
import { RememberedPasswords } from './remembered-passwords.js';

test('a right password is known for the hash that it had, and every other is wrong for it', () => {
  const remembered = new RememberedPasswords();
  expect(remembered.isRight('admin', 'x', 'hash')).toBeUndefined();
  remembered.keepRight('admin', 'x', 'hash');
  expect(remembered.isRight('admin', 'x', 'hash')).toBe(true);
  expect(remembered.isRight('admin', 'y', 'hash')).toBe(false);
  expect(remembered.isRight('admin', 'x', 'another hash')).toBeUndefined();
  expect(remembered.isRight('other', 'x', 'hash')).toBeUndefined();
});

test('a wrong password is known as wrong for its user alone', () => {
  const remembered = new RememberedPasswords();
  remembered.keepWrong('ab', 'c');
  expect(remembered.isKnownWrong('ab', 'c')).toBe(true);
  expect(remembered.isKnownWrong('a', 'bc')).toBe(false);
});
