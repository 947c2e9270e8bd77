import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Inspections } from './inspections.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'inspections-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

test('two images at once are inspected, the others wait', async () => {
  const path = join(folder, 'disk.qcow2');
  execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', path, '1M']);
  const [bin, running, counts] = ['bin', 'running', 'counts'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  mkdirSync(bin);
  mkdirSync(running);
  mkdirSync(counts);
  const script = [
    '#!/bin/sh',
    // Its limits let it write nothing: the number is in a name.
    `touch ${running}/$$; touch ${counts}/$$.$(ls ${running} | wc -l)`,
    `/usr/bin/qemu-img "$@"; code=$?`,
    `rm ${running}/$$; exit $code`,
  ];
  writeFileSync(join(bin, 'qemu-img'), script.join('\n'), { mode: 0o755 });
  vi.stubEnv('PATH', `${bin}:/usr/bin:/bin`);
  const inspections = new Inspections();
  const image = { path, format: 'qcow2', folder } as const;
  const all = await Promise.allSettled(Array.from({ length: 6 }, () => inspections.inspect(image)));
  for (const outcome of all) {
    expect(outcome).toMatchObject({ reason: { code: 'BAD_REQUEST' } });
  }
  const counted = readdirSync(counts).map((name) => Number(name.split('.')[1]));
  // Each asks qemu-img three times.
  expect(counted).toHaveLength(18);
  expect(Math.max(...counted)).toBe(2);
});
