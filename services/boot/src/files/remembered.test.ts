import { expect, test, vi } from 'vitest';
import { remembered } from './remembered.js';

test('callers within the time share one read; a failure is not kept', async () => {
  vi.useFakeTimers();
  const results = [
    () => Promise.reject(new Error('away')),
    () => Promise.resolve(1),
    () => Promise.resolve(2),
  ];
  const read = remembered(() => results.shift()?.() ?? Promise.resolve(0), 1000);
  await expect(read()).rejects.toThrow('away');
  expect(await Promise.all([read(), read()])).toEqual([1, 1]);
  vi.advanceTimersByTime(999);
  expect(await read()).toBe(1);
  vi.advanceTimersByTime(1);
  expect(await read()).toBe(2);
  vi.useRealTimers();
});
