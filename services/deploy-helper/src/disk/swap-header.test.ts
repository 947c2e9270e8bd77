import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { mib } from '@metalcast/disk-image/table';
import { swapHeader } from './swap-header.js';

test('is what mkswap writes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'swap-header-'));
  try {
    const path = join(folder, 'swap');
    const ours = swapHeader(8 * mib, 'seed');
    const hex = ours.toString('hex', 1036, 1052);
    const uuid = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
    writeFileSync(path, '', { mode: 0o600 });
    truncateSync(path, 8 * mib);
    execFileSync('mkswap', ['-L', 'swap1', '-U', uuid, path], { stdio: 'ignore' });
    expect(readFileSync(path).subarray(0, 4096)).toEqual(ours);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
