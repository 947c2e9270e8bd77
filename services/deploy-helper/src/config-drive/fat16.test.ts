import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fat16Volume, type VolumeFile } from './fat16.js';

const mib = 1024 * 1024;
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fat16-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function stored(files: readonly VolumeFile[], length: number): string {
  const path = join(folder, 'volume');
  writeFileSync(path, fat16Volume(files, { label: 'config-2', id: 0xdeadbeef, length }));
  truncateSync(path, length);
  return path;
}

const pattern = (length: number, seed: number): Buffer =>
  Buffer.from(Uint8Array.from({ length }, (_, index) => (index * 31 + (index >> 9) + seed) & 0xff));

/**
 * Names of one part, of exactly one part, and longer; files of no, one and many clusters; a directory of many entries.
 */
const files: VolumeFile[] = [
  { path: 'openstack/latest/meta_data.json', content: pattern(1000, 1) },
  { path: 'openstack/latest/thirteen.char', content: pattern(512, 2) },
  { path: 'openstack/latest/twelve_chars', content: pattern(513, 3) },
  { path: 'openstack/latest/a name of thirteen', content: Buffer.alloc(0) },
  { path: 'README', content: pattern(1, 4) },
  { path: `openstack/${'long'.repeat(50)}`, content: pattern(700_000, 5) },
  ...Array.from({ length: 300 }, (_, index) => ({
    path: `openstack/content/${String(index).padStart(4, '0')}`,
    content: pattern(index * 7, index),
  })),
];

test.each([4, 5, 16, 17, 33, 64])('a volume of %i MiB is sound and holds its files', (size) => {
  const path = stored(files, size * mib);
  // -n: fsck changes nothing; a finding of any kind sets the exit code.
  execFileSync('fsck.vfat', ['-n', path], { stdio: 'pipe' });
  const info = execFileSync('blkid', ['-p', '-o', 'export', path]).toString();
  expect(info).toMatch(/^UUID=DEAD-BEEF$/m);
  expect(info).toMatch(/^LABEL=config-2$/m);
  expect(info).toMatch(/^VERSION=FAT16$/m);
  const out = join(folder, `out-${size}`);
  mkdirSync(out);
  execFileSync('mcopy', ['-s', '-n', '-i', path, '::/', out]);
  for (const file of files) {
    expect(readFileSync(join(out, file.path)).equals(file.content), file.path).toBe(true);
  }
});

test('what does not fit, or is no FAT16, is refused', () => {
  const large = [{ path: 'x', content: Buffer.alloc(4 * mib) }];
  expect(() => stored(large, 4 * mib)).toThrow(/do not fit/);
  expect(() => stored([], mib)).toThrow(/no FAT16/);
});
