import { expect, test } from 'vitest';
import { simulatedNetwork } from './simulated-network.js';

/** Number of addresses in a range of the pool. */
function sizeOf({ start, end }: { start: string; end: string }): number {
  const number = (address: string): number =>
    address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  return number(end) - number(start) + 1;
}

test.each([1, 60, 150, 200, 1000, 5000])('%d nodes have an address each, and more', (nodes) => {
  const { pool, poolRanges } = simulatedNetwork(nodes);
  expect(sizeOf(pool)).toBeGreaterThan(nodes);
  expect(sizeOf(pool)).toBe(poolRanges.length * 256);
});

test('the last range is the end of the pool', () => {
  const { pool, poolRanges } = simulatedNetwork(1000);
  expect(poolRanges.at(0)).toBe('10.77.1.0/24');
  expect([poolRanges.at(-1), pool.end]).toEqual(['10.77.5.0/24', '10.77.5.255']);
});

test('more nodes than addresses are refused', () => {
  expect(() => simulatedNetwork(65_000)).toThrow('64924 addresses');
});
