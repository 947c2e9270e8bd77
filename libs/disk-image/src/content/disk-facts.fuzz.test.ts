// Whatever an image's first and last bytes are: facts that can be stored, and a sentence or none.
import { execFileSync } from 'node:child_process';
import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { imageFacts } from '@metalcast/contracts';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { diskFacts } from './disk-facts.js';
import { edgesOfFile, type Edges } from './edges.js';
import { recognise, signatures } from './signatures.js';
import { whyNoDisk } from './why-no-disk.js';

const mib = 1024 * 1024;
const tables = ['label: gpt\n,1M,U\n,1M,L\n', 'label: dos\n,1M,c\n,1M,83\n'];

let folder: string;
let disks: Edges[];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'disk-facts-'));
  disks = await Promise.all(tables.map((table, index) => disk(join(folder, `${index}`), table)));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

async function disk(path: string, table: string): Promise<Edges> {
  const file = openSync(path, 'w');
  ftruncateSync(file, 5 * mib);
  closeSync(file);
  execFileSync('sfdisk', ['-q', path], { input: table });
  return edgesOfFile(path);
}

/** Most of them where a boot sector, a table and its copy have their fields. */
const places = fc.oneof(
  fc.nat(2048),
  fc.integer({ min: mib - 2048, max: mib - 1 }),
  fc.nat(mib - 1),
);

test('mutated disks', () => {
  const change = fc.record({ at: places, byte: fc.nat(255) });
  fc.assert(
    fc.property(
      fc.nat(1),
      fc.array(change, { maxLength: 8 }),
      fc.nat(mib),
      (which, changes, cut) => {
        const whole = disks[which]!;
        const head = Buffer.from(whole.head);
        const tail = Buffer.from(whole.tail);
        for (const { at, byte } of changes) {
          head[at] = byte;
          tail[at] = byte;
        }
        const edges = { head: head.subarray(0, mib - cut), tail, size: whole.size };
        const facts = diskFacts(edges);
        expect(imageFacts.parse(facts)).toEqual(facts);
        const why = whyNoDisk(edges, facts);
        expect(why === undefined || why.length > 10).toBe(true);
        expect(facts.table === 'damaged' && why === undefined).toBe(false);
      },
    ),
  );
});

test('a file of any bytes, also a very short one', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 1200 }), (bytes) => {
      const head = Buffer.from(bytes);
      const edges = { head, tail: head, size: head.length };
      expect(imageFacts.safeParse(diskFacts(edges)).success).toBe(true);
      expect(whyNoDisk(edges, diskFacts(edges))).not.toBe('');
    }),
  );
});

test.each(signatures.map((one) => [one.name, one] as const))('%s is recognised', (_, signature) => {
  const head = Buffer.alloc(128 * 1024);
  head.write(signature.bytes, (signature.at + head.length) % head.length, 'latin1');
  const found = recognise({ head, tail: head, size: head.length });
  expect(found?.name).toBe(signature.name);
});
