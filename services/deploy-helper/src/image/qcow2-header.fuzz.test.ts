// Whatever the first bytes of an image are: a file that QEMU would open others for is told before QEMU opens it.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { refersElsewhere } from './qcow2-header.js';

let folder: string;
let path: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'qcow2-header-'));
  path = join(folder, 'image');
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const of = (bytes: Uint8Array): Promise<boolean> => {
  writeFileSync(path, bytes);
  return refersElsewhere(path);
};

interface Header {
  readonly version: number;
  readonly backing: bigint;
  readonly features: bigint;
  /** Bytes of the file. */
  readonly length: number;
}

function qcow2({ version, backing, features, length }: Header): Buffer {
  const header = Buffer.alloc(112);
  header.write('QFI\xfb', 'latin1');
  header.writeUInt32BE(version, 4);
  header.writeBigUInt64BE(backing, 8);
  header.writeBigUInt64BE(features, 72);
  return header.subarray(0, length);
}

const externalData = 4n;
const header = fc.record({
  version: fc.constantFrom(2, 3, 3, 4, 0, 0xffffffff),
  backing: fc.oneof(fc.constant(0n), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })),
  features: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  // QEMU reads zeros behind the end of a file that ends within its header.
  length: fc.oneof(fc.constant(112), fc.integer({ min: 16, max: 112 })),
});

test('a backing file, and from version 3 on a data file, are told wherever the file ends', async () => {
  await fc.assert(
    fc.asyncProperty(header, async (told) => {
      const bytes = qcow2(told);
      const whole = Buffer.alloc(112);
      bytes.copy(whole);
      const isData = told.version >= 3 && (whole.readBigUInt64BE(72) & externalData) !== 0n;
      expect(await of(bytes)).toBe(told.backing !== 0n || isData);
    }),
    { numRuns: 200 },
  );
});

test('other bytes refer to nothing', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
      fc.pre(Buffer.from(bytes).toString('latin1', 0, 4) !== 'QFI\xfb');
      expect(await of(bytes)).toBe(false);
    }),
  );
});
