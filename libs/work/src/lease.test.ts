import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ClaimLost, Lease, Stopping } from './lease.js';

let lease: Lease;

beforeEach(() => {
  vi.useFakeTimers();
  lease = new Lease(performance.now() + 1000);
});
afterEach(() => {
  lease.close();
  vi.useRealTimers();
});

test('it is lost when its time is over', () => {
  vi.advanceTimersByTime(999);
  expect(lease.leftMs).toBe(1);
  expect(lease.signal.aborted).toBe(false);
  vi.advanceTimersByTime(1);
  expect(lease.leftMs).toBe(0);
  expect(lease.signal.reason).toBeInstanceOf(ClaimLost);
});

test('one whose time was over before the answer came is lost at once', () => {
  const late = new Lease(performance.now() - 5);
  vi.advanceTimersByTime(1);
  expect(late.signal.reason).toBeInstanceOf(ClaimLost);
});

test('a renewal makes it longer', () => {
  vi.advanceTimersByTime(900);
  lease.renewed(performance.now() + 1000);
  vi.advanceTimersByTime(999);
  expect(lease.signal.aborted).toBe(false);
  vi.advanceTimersByTime(1);
  expect(lease.signal.aborted).toBe(true);
});

test('the answer to an earlier question makes it no shorter', () => {
  lease.renewed(performance.now() + 3000);
  lease.renewed(performance.now() + 2000);
  expect(lease.leftMs).toBe(3000);
  vi.advanceTimersByTime(2999);
  expect(lease.signal.aborted).toBe(false);
});

test('whoever ends it says why, and the first reason stays', () => {
  lease.end(new Stopping());
  lease.end();
  vi.advanceTimersByTime(2000);
  expect(lease.signal.reason).toBeInstanceOf(Stopping);
});

test('a renewal revives none that has ended', () => {
  lease.end();
  lease.renewed(performance.now() + 1000);
  expect(lease.signal.aborted).toBe(true);
  expect(vi.getTimerCount()).toBe(0);
});

test('one that is closed leaves no timer behind, not even by a late renewal', () => {
  lease.close();
  lease.renewed(performance.now() + 1000);
  expect(vi.getTimerCount()).toBe(0);
  vi.advanceTimersByTime(2000);
  expect(lease.signal.aborted).toBe(false);
});
