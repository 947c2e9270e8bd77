import { expect, test } from 'vitest';
import { RateLimit } from './rate-limit.js';

function limitAt(clock: { ms: number }, maxKeys = 10): RateLimit {
  return new RateLimit({ burst: 3, perSecond: 2, maxKeys }, () => clock.ms);
}

test('a burst, then the rate; each key for itself', () => {
  const clock = { ms: 1000 };
  const limit = limitAt(clock);
  for (let event = 0; event < 3; event += 1) {
    expect(limit.waitMs('a')).toBe(0);
    limit.count('a');
  }
  expect(limit.waitMs('a')).toBe(500);
  expect(limit.waitMs('b')).toBe(0);
  clock.ms += 500;
  expect(limit.waitMs('a')).toBe(0);
  clock.ms += 60_000;
  limit.count('a');
  limit.count('a');
  expect(limit.waitMs('a')).toBe(0);
});

test('who waits makes later ones wait longer', () => {
  const limit = limitAt({ ms: 0 });
  const waits = Array.from({ length: 5 }, () => {
    const wait = limit.waitMs('a');
    limit.count('a');
    return wait;
  });
  expect(waits).toEqual([0, 0, 0, 500, 1000]);
});

test('an event that is forgiven does not count', () => {
  const limit = limitAt({ ms: 0 });
  for (let event = 0; event < 20; event += 1) {
    expect(limit.waitMs('a')).toBe(0);
    limit.count('a');
    limit.forgive('a');
  }
});

test('the key that is longest unused is forgotten', () => {
  const limit = limitAt({ ms: 0 }, 2);
  for (let event = 0; event < 4; event += 1) limit.count('a');
  limit.count('b');
  expect(limit.waitMs('a')).toBeGreaterThan(0);
  limit.count('c');
  limit.count('d');
  expect(limit.waitMs('a')).toBe(0);
});
