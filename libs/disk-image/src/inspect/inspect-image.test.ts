import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inspectImage } from './inspect-image.js';

const mib = 1024 * 1024;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'inspect-image-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** A qcow2 image of a disk with one partition, made with these options. */
function qcow2(name: string, ...options: string[]): string {
  const raw = join(folder, 'disk.raw');
  writeFileSync(raw, Buffer.alloc(3 * mib));
  execFileSync('sfdisk', ['-q', raw], { input: 'label: dos\nstart=2048,size=2048,type=c\n' });
  const path = join(folder, name);
  execFileSync('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', ...options, raw, path]);
  return path;
}

test.each([
  ['a name with commas', 'a, driver=x.qcow2', []],
  ['compressed clusters', 'zlib.qcow2', ['-c']],
  ['clusters compressed by zstd', 'zstd.qcow2', ['-c', '-o', 'compression_type=zstd']],
])('the edges of a qcow2 image: %s', async (_, name, options) => {
  const path = qcow2(name, ...options);
  const before = readdirSync(folder).length;
  expect(await inspectImage({ path, format: 'qcow2', folder })).toMatchObject({
    virtualSize: 3 * mib,
    facts: { table: 'mbr', partitions: 1, efi_readable: true, used_bytes: 2 * mib },
  });
  expect(readdirSync(folder)).toHaveLength(before);
});

test('an encrypted qcow2 image is refused by name', async () => {
  const path = qcow2('secret.qcow2');
  const bytes = readFileSync(path);
  bytes.writeUInt32BE(2, 32);
  writeFileSync(path, bytes);
  await expect(inspectImage({ path, format: 'qcow2', folder })).rejects.toThrow(/it is encrypted/);
});
