// Whatever a client writes as a range: bytes that there are, or the one refusal.
import { Fault } from '@metalcast/domain';
import { hostileText } from '@metalcast/testing/hostile';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { byteRange } from './byte-range.js';

const number = fc.oneof(fc.nat(300).map(String), fc.constantFrom('', '9'.repeat(400), '00'));
const header = fc.oneof(
  fc.tuple(number, number).map(([from, to]) => `bytes=${from}-${to}`),
  hostileText,
  hostileText.map((text) => `bytes=${text}`),
);

test('a range lies in what there is, and has a byte', () => {
  fc.assert(
    fc.property(header, fc.nat(200), (asked, size) => {
      try {
        const range = byteRange(asked, size);
        if (range === undefined) return;
        expect(Number.isSafeInteger(range.start) && Number.isSafeInteger(range.end)).toBe(true);
        expect(range.start).toBeGreaterThanOrEqual(0);
        expect(range.end).toBeGreaterThanOrEqual(range.start);
        expect(range.end).toBeLessThan(size);
        expect(byteRange(`bytes=${range.start}-${range.end}`, size)).toEqual(range);
      } catch (error) {
        expect(error).toBeInstanceOf(Fault);
        expect(error).toMatchObject({ code: 'RANGE_NOT_SATISFIABLE' });
      }
    }),
    { numRuns: 1_000 },
  );
});
