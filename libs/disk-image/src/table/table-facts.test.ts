// The room that is promised from an image's facts is the room that the partitions take.
import { Fault } from '@metalcast/domain';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mib, sectorBytes } from './extent.js';
import { addPartitions } from './partition-table.js';
import { leastDiskBytes, tableFactsOf, wantedPartitions } from './table-facts.js';

function mbrDisk(first: number, sectors: number): Buffer {
  const head = Buffer.alloc(sectorBytes);
  head.writeUInt8(0x83, 446 + 4);
  head.writeUInt32LE(first, 446 + 8);
  head.writeUInt32LE(sectors, 446 + 12);
  head.writeUInt16LE(0xaa55, 510);
  return head;
}

test('partitions fit on a disk exactly when it has the least size', () => {
  const sectors = fc.integer({ min: 1, max: 40_000 });
  fc.assert(
    fc.property(sectors, sectors, fc.nat(30), fc.boolean(), (first, count, swapMb, drive) => {
      const wanted = wantedPartitions(swapMb, drive ? 4 * mib : 0);
      fc.pre(wanted.length > 0);
      const head = mbrDisk(first, count);
      const least = leastDiskBytes(tableFactsOf(head), 0, wanted);
      const on = (bytes: number) => () =>
        addPartitions({ head, bytes, image: 'i', node: 'n', seed: 's' }, wanted);
      expect(on(least)).not.toThrow();
      expect(on(least - sectorBytes)).toThrow(Fault);
    }),
  );
});
