// Whatever table an image brings, of whatever disk a node tells: an edit that stays where it may, or a fault that names
// the image or the disk.
import { crc32 } from 'node:zlib';
import { Fault } from '@metalcast/domain';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { endOf, mib, sectorBytes, type Extent } from './extent.js';
import { readGpt } from './gpt.js';
import { readMbr } from './mbr.js';
import { addPartitions, type Disk, type TableEdit } from './partition-table.js';
import type { Wanted } from './table-facts.js';

/** Of an image, as far as tables are looked for in it. */
const headLength = 128 * 1024;

interface Slot {
  readonly status: number;
  readonly type: number;
  readonly first: number;
  readonly sectors: number;
}

function mbrSector(slots: readonly Slot[]): Buffer {
  const sector = Buffer.alloc(sectorBytes);
  slots.forEach(({ status, type, first, sectors }, index) => {
    const at = 446 + index * 16;
    sector.writeUInt8(status, at);
    sector.writeUInt8(type, at + 4);
    sector.writeUInt32LE(first, at + 8);
    sector.writeUInt32LE(sectors, at + 12);
  });
  sector.writeUInt16LE(0xaa55, 510);
  return sector;
}

interface GptForm {
  readonly entriesSector: number;
  readonly entryBytes: number;
  readonly count: number;
  readonly partitions: readonly { readonly first: bigint; readonly last: bigint }[];
}

/** A table as a careful, or a careless, tool writes it: its checksums are right. */
function gptHead({ entriesSector, entryBytes, count, partitions }: GptForm): Buffer {
  const head = Buffer.alloc(headLength);
  mbrSector([{ status: 0, type: 0xee, first: 1, sectors: 0xffffffff }]).copy(head);
  const at = entriesSector * sectorBytes;
  partitions.slice(0, count).forEach(({ first, last }, index) => {
    const entry = at + index * entryBytes;
    if (entry + 56 > head.length) return;
    head.fill(0xa5, entry, entry + 32);
    head.writeBigUInt64LE(first, entry + 32);
    head.writeBigUInt64LE(last, entry + 40);
  });
  const header = head.subarray(sectorBytes, 2 * sectorBytes);
  header.write('EFI PART');
  header.writeUInt32LE(0x10000, 8);
  header.writeUInt32LE(92, 12);
  header.writeBigUInt64LE(BigInt(entriesSector), 72);
  header.writeUInt32LE(count, 80);
  header.writeUInt32LE(entryBytes, 84);
  header.writeUInt32LE(crc32(head.subarray(at, at + count * entryBytes)), 88);
  header.writeUInt32LE(0, 16);
  header.writeUInt32LE(crc32(header.subarray(0, 92)), 16);
  return head;
}

/** Mostly sound, so that there is something to add to. */
const mostly = <T>(sound: fc.Arbitrary<T>, odd: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ weight: 12, arbitrary: sound }, { weight: 1, arbitrary: odd });
const uint32 = fc.integer({ min: 0, max: 0xffffffff });
const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const slot = fc.record({
  status: mostly(fc.constantFrom(0, 0x80), fc.nat(255)),
  type: mostly(fc.constantFrom(0, 0x83, 0x07, 0x0f), fc.constant(0xee)),
  first: mostly(fc.integer({ min: 1, max: 90_000 }), uint32),
  sectors: mostly(fc.nat(30_000), uint32),
});
const partition = mostly(
  fc
    .tuple(fc.bigInt({ min: 34n, max: 90_000n }), fc.bigInt({ min: 0n, max: 30_000n }))
    .map(([first, more]) => ({ first, last: first + more })),
  fc.record({ first: uint64, last: uint64 }),
);
const gpt = fc.record({
  entriesSector: mostly(fc.constant(2), fc.nat(headLength / sectorBytes + 10)),
  entryBytes: mostly(fc.constantFrom(128, 256), fc.constantFrom(136, 64, 0)),
  count: mostly(fc.oneof(fc.constant(128), fc.nat(200)), fc.constant(0xffffffff)),
  partitions: fc.array(partition, { maxLength: 4 }),
});
/** Told by its parts: of a hundred KiB of zeros nobody reads what went wrong. */
const table = fc.record({
  made: fc.oneof(
    fc.array(slot, { maxLength: 4 }).map((slots) => ({ slots })),
    gpt.map((form) => ({ form })),
    gpt.map((form) => ({ form })),
    fc.uint8Array({ maxLength: 1_100 }).map((bytes) => ({ bytes })),
  ),
  changed: mostly<{ at: number; byte: number } | null>(
    fc.constant(null),
    fc.record({ at: fc.nat(20_000), byte: fc.nat(255) }),
  ),
  cut: mostly<number | null>(fc.constant(null), fc.nat(80)),
});
type Table = typeof table extends fc.Arbitrary<infer T> ? T : never;

function headOf({ made, changed, cut }: Table): Buffer {
  const head = Buffer.alloc(headLength);
  const start =
    'slots' in made ? mbrSector(made.slots) : 'form' in made ? gptHead(made.form) : made.bytes;
  head.set(start);
  if (changed !== null) {
    head.writeUInt8(changed.byte, changed.at);
  }
  return cut === null ? head : head.subarray(0, cut * sectorBytes);
}

const diskBytes = fc.oneof(
  fc.integer({ min: 50, max: 500 }).map((count) => count * mib),
  fc.constantFrom(3 * 2 ** 40, 100 * mib + sectorBytes),
  fc.integer({ min: mib, max: 500 * mib }),
  fc.maxSafeInteger().map((bytes) => Math.max(bytes, mib)),
);
const wanted: fc.Arbitrary<readonly Wanted[]> = fc.constantFrom(
  [],
  [{ role: 'config-2', length: 4 * mib }],
  [
    { role: 'swap1', length: 8 * mib },
    { role: 'config-2', length: 4 * mib },
  ],
);
const asked = fc.record({ table, bytes: diskBytes, wanted });

/** The edit; undefined when it was refused by a fault that the table of faults gives for it. */
function edited(disk: Disk, parts: readonly Wanted[]): TableEdit | undefined {
  try {
    return addPartitions(disk, parts);
  } catch (error) {
    expect(error).toBeInstanceOf(Fault);
    expect(['IMAGE_UNSUITABLE', 'DISK_TOO_SMALL']).toContain((error as Fault).code);
    return undefined;
  }
}

const apart = (extents: readonly Extent[]): boolean =>
  extents
    .toSorted((one, other) => one.offset - other.offset)
    .every((extent, index, all) => endOf(extent) <= (all[index + 1]?.offset ?? Infinity));

test.each([0, 1])(
  'a GPT whose entries begin in sector %i, where its header is, is damaged',
  (sector) => {
    const form = { entriesSector: sector, entryBytes: 128 as const, count: 0, partitions: [] };
    expect(readGpt(headOf({ made: { form }, changed: null, cut: null }))).toBeUndefined();
  },
);

test('what is written lies on the disk, in whole sectors, and touches nothing else of the image or of ours', () => {
  let edits = 0;
  fc.assert(
    fc.property(asked, ({ table: told, bytes, wanted: parts }) => {
      const head = headOf(told);
      const edit = edited({ head, bytes, image: 'i', node: 'n', seed: 's' }, parts);
      if (edit === undefined) return;
      edits += edit.patches.length > 0 ? 1 : 0;
      const patches = edit.patches.map(({ offset, bytes: { length } }) => ({ offset, length }));
      const extents = [...patches, ...edit.placed];
      for (const { offset, length } of extents) {
        expect([offset % sectorBytes, length % sectorBytes]).toEqual([0, 0]);
        expect(offset).toBeGreaterThanOrEqual(0);
        expect(offset + length).toBeLessThanOrEqual(bytes);
      }
      expect(apart(extents)).toBe(true);
      expect(edit.placed.map(({ role, length }) => ({ role, length }))).toEqual(parts);
      const used = (readGpt(head)?.used ?? readMbr(head) ?? []).filter(({ length }) => length > 0);
      for (const placed of edit.placed) {
        expect(used.every((own) => apart([own, placed]))).toBe(true);
      }
    }),
    { numRuns: 500 },
  );
  expect(edits).toBeGreaterThan(100);
});

test('what was added is read again as it was placed', () => {
  fc.assert(
    fc.property(asked, ({ table: told, bytes, wanted: parts }) => {
      const head = headOf(told);
      const edit = edited({ head, bytes, image: 'i', node: 'n', seed: 's' }, parts);
      if (edit === undefined || edit.patches.length === 0) return;
      const again = Buffer.alloc(headLength);
      head.copy(again);
      for (const patch of edit.patches.filter(({ offset }) => offset < headLength)) {
        patch.bytes.copy(again, patch.offset);
      }
      const read = readGpt(again)?.used ?? readMbr(again);
      for (const { offset, length } of edit.placed) {
        expect(read).toContainEqual(expect.objectContaining({ offset, length }));
      }
    }),
    { numRuns: 500 },
  );
});
