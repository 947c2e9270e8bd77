import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { edgeBytes, EdgeKeeper } from './edges.js';

/** Bytes whose place can be told from them. */
const stream = Buffer.alloc(3 * edgeBytes, 'a stream that repeats itself in no MiB: ');

test('what passes in any chunks leaves its first and its last MiB', () => {
  const cuts = fc.array(fc.nat(stream.length), { maxLength: 12 });
  fc.assert(
    fc.property(cuts, fc.nat(stream.length), (at, size) => {
      const keeper = new EdgeKeeper();
      const ends = [...at.filter((cut) => cut < size), size].toSorted((a, b) => a - b);
      ends.forEach((end, index) => {
        keeper.add(stream.subarray(index === 0 ? 0 : ends[index - 1], end));
      });
      const edges = keeper.edges();
      const all = stream.subarray(0, size);
      expect(edges.size).toBe(size);
      expect(edges.head.equals(all.subarray(0, edgeBytes))).toBe(true);
      expect(edges.tail.equals(all.subarray(Math.max(0, size - edgeBytes)))).toBe(true);
    }),
    { numRuns: 60 },
  );
});

test('small chunks are not copied again with each further chunk', () => {
  const concat = vi.spyOn(Buffer, 'concat');
  const keeper = new EdgeKeeper();
  for (let index = 0; index < 100; index += 1) {
    keeper.add(Buffer.alloc(64, index));
  }
  expect(concat).not.toHaveBeenCalled();
  concat.mockRestore();
  expect(keeper.edges().head).toEqual(
    Buffer.concat(Array.from({ length: 100 }, (_, index) => Buffer.alloc(64, index))),
  );
});
