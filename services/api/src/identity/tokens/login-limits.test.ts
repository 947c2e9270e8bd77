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

/** Whether the attempt is let through; it has ended before the next one begins. */
async function attempt(user: string, address: string, right = false): Promise<boolean> {
  try {
    (await limits.begin(user, address)).end(right);
    return true;
  } catch (error) {
    expect(error).toMatchObject({ code: 'TOO_MANY_REQUESTS' });
    return false;
  }
}

/** How many of the attempts are let through. */
async function attempts(
  count: number,
  of: (n: number) => readonly [string, string],
): Promise<number> {
  let allowed = 0;
  for (let n = 0; n < count; n += 1) {
    allowed += (await attempt(...of(n))) ? 1 : 0;
  }
  return allowed;
}

test('one guesser gets few attempts, and leaves to others at the address theirs', async () => {
  expect(await attempts(1000, () => ['nobody', 'a'])).toBe(10);
  expect(await attempt('admin', 'a')).toBe(true);
  vi.advanceTimersByTime(60_000);
  expect(await attempts(1000, () => ['nobody', 'a'])).toBe(10);
});

test('many users tried from one address', async () => {
  expect(await attempts(1000, (n) => [`user${n}`, 'a'])).toBe(40);
  expect(await attempt('admin', 'b')).toBe(true);
});

test('one user tried from many addresses; their own address stays open', async () => {
  await attempt('admin', 'home', true);
  expect(await attempts(1000, (n) => ['admin', `a${n}`])).toBe(40);
  expect(await attempt('admin', 'home', true)).toBe(true);
  vi.advanceTimersByTime(1000);
  expect(await attempt('admin', 'elsewhere')).toBe(true);
});

test('where the user is known, attempts take turns: none is lost to a flood of their name', async () => {
  await attempt('admin', 'a', true);
  expect(await attempts(1000, () => ['nobody', 'a'])).toBe(10);
  expect(await attempts(20, () => ['admin', 'a'])).toBe(20);
  const next = limits.begin('admin', 'a');
  expect(await Promise.race([next, Promise.resolve('waits')])).toBe('waits');
  expect((await next).known).toBe(true);
  const [first, ...others] = Array.from({ length: 250 }, () => attempt('admin', 'a'));
  expect(await others.at(-1)).toBe(false);
  expect(await first).toBe(true);
});

test('right log-ins are not counted', async () => {
  for (let n = 0; n < 1000; n += 1) {
    expect(await attempt('admin', 'a', true)).toBe(true);
  }
});

test('few strangers are verified at once, and half of them from one address', async () => {
  await attempt('admin', 'home', true);
  const begin = (address: string): Promise<boolean> =>
    limits.begin(`user of ${address}`, address).then(
      () => true,
      () => false,
    );
  const ofOne = await Promise.all(Array.from({ length: 20 }, () => begin('a')));
  expect(ofOne.filter(Boolean)).toHaveLength(8);
  const ofMany = await Promise.all(Array.from({ length: 20 }, (_, n) => begin(`b${n}`)));
  expect(ofMany.filter(Boolean)).toHaveLength(8);
  expect((await limits.begin('admin', 'home')).known).toBe(true);
});

test('the refusal tells how long to wait', async () => {
  await attempts(10, () => ['nobody', 'a']);
  await expect(limits.begin('nobody', 'a')).rejects.toMatchObject({
    details: { reason: expect.stringContaining('6 s') as string, retryAfterSeconds: 6 },
  });
});
