import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { LoginLimits } from './login-limits.js';

let limits: LoginLimits;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance', 'Date'] });
  limits = new LoginLimits();
});
afterEach(() => {
  vi.useRealTimers();
});

/** How many of the attempts were let through; each has ended before the next one begins. */
function attempts(count: number, user: string, address: string, right = false): number {
  let allowed = 0;
  for (let attempt = 0; attempt < count; attempt += 1) {
    try {
      limits.begin(user, address).end(right);
      allowed += 1;
    } catch (error) {
      expect(error).toMatchObject({ code: 'TOO_MANY_REQUESTS' });
    }
  }
  return allowed;
}

test('one guesser gets few attempts, and leaves to others at the address theirs', () => {
  expect(attempts(1000, 'nobody', 'a')).toBe(10);
  expect(attempts(1, 'admin', 'a')).toBe(1);
  vi.advanceTimersByTime(60_000);
  expect(attempts(1000, 'nobody', 'a')).toBe(10);
});

test('many users tried from one address', () => {
  let allowed = 0;
  for (let user = 0; user < 1000; user += 1) allowed += attempts(1, `user${user}`, 'a');
  expect(allowed).toBe(40);
  expect(attempts(1, 'admin', 'b')).toBe(1);
});

test('one user tried from many addresses; their own address stays open', () => {
  attempts(1, 'admin', 'home', true);
  let allowed = 0;
  for (let address = 0; address < 1000; address += 1)
    allowed += attempts(1, 'admin', `a${address}`);
  expect(allowed).toBe(40);
  expect(attempts(100, 'admin', 'home', true)).toBe(100);
  vi.advanceTimersByTime(1000);
  expect(attempts(1, 'admin', 'elsewhere')).toBe(1);
});

test('at an address where the user is known even a flood of their name leaves them attempts', () => {
  attempts(1, 'admin', 'a', true);
  attempts(1000, 'admin', 'a');
  attempts(1000, 'nobody', 'a');
  vi.advanceTimersByTime(200);
  expect(attempts(1, 'admin', 'a', true)).toBe(1);
});

test('right log-ins are not counted', () => {
  expect(attempts(1000, 'admin', 'a', true)).toBe(1000);
});

test('few strangers are verified at once, and half of them from one address', () => {
  const begin = (address: string): boolean => {
    try {
      limits.begin(`user of ${address}`, address);
      return true;
    } catch {
      return false;
    }
  };
  attempts(1, 'admin', 'home', true);
  const ofOne = Array.from({ length: 20 }, () => begin('a')).filter(Boolean);
  expect(ofOne).toHaveLength(8);
  const ofMany = Array.from({ length: 20 }, (_, index) => begin(`b${index}`)).filter(Boolean);
  expect(ofMany).toHaveLength(8);
  expect(limits.begin('admin', 'home').urgent).toBe(true);
});

test('the refusal tells how long to wait', () => {
  attempts(10, 'nobody', 'a');
  expect(() => limits.begin('nobody', 'a')).toThrow(
    expect.objectContaining({
      details: { reason: expect.stringContaining('6 s') as string, retryAfterSeconds: 6 },
    }) as Error,
  );
});
