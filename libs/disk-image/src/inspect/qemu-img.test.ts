// What qemu-img says of images, and what only shows that this host is in trouble.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { aFloodingQcow2 } from '../testing/flooding-qcow2.js';
import { inspectImage } from './inspect-image.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'qemu-img-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

function soundImage(): string {
  const raw = join(folder, 'disk.raw');
  writeFileSync(raw, Buffer.alloc(1024 * 1024 + 512));
  execFileSync('sfdisk', ['-q', raw], { input: 'label: dos\nstart=1,size=2048,type=c\n' });
  const path = join(folder, 'disk.qcow2');
  execFileSync('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', raw, path]);
  return path;
}

/** Instead of one of its actions, qemu-img runs this script. */
function replace(action: string, script: string): void {
  const real = execFileSync('which', ['qemu-img'], { encoding: 'utf8' }).trim();
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  const lines = ['#!/bin/sh', `if [ "$1" = ${action} ]; then`, script, 'fi', `exec ${real} "$@"`];
  writeFileSync(join(bin, 'qemu-img'), lines.join('\n'), { mode: 0o755 });
  vi.stubEnv('PATH', [bin, '/usr/sbin', '/usr/bin', '/sbin', '/bin'].join(delimiter));
}

const says = (words: string, exitCode: number): string =>
  `echo 'qemu-img: ${words}' >&2; exit ${exitCode}`;

test.each([
  ['info', 'kill -KILL $$'],
  ['check', 'kill -XCPU $$'],
  ['check', 'kill -ABRT $$'],
  ['info', says("Could not open 'x': Cannot allocate memory", 1)],
  ['check', says("Could not open 'x': Too many open files", 1)],
  ['convert', says('error while writing at byte 0: No space left on device', 1)],
  ['convert', 'exit 127'],
])('no verdict from qemu-img %s: %s', async (action, script) => {
  const path = soundImage();
  replace(action, script);
  await expect(inspectImage({ path, format: 'qcow2', folder })).rejects.toMatchObject({
    code: 'UNAVAILABLE',
  });
});

test('a file that cannot be read is not called damaged', async () => {
  const path = soundImage();
  const words = says("Could not read 'x': Input/output error", 1);
  replace('info', `rm ${path}; ${words}`);
  await expect(inspectImage({ path, format: 'qcow2', folder })).rejects.toMatchObject({
    code: 'UNAVAILABLE',
  });
});

test.each([
  ['info', says("Could not open 'x': L1 size too big: File too large", 1)],
  ['check', 'exit 2'],
  ['convert', says('error while reading at byte 0: Input/output error', 1)],
])('a verdict from qemu-img %s: %s', async (action, script) => {
  const path = soundImage();
  replace(action, script);
  await expect(inspectImage({ path, format: 'qcow2', folder })).rejects.toMatchObject({
    code: 'BAD_REQUEST',
  });
});

test('images that make qemu-img print without end cost no memory', async () => {
  const path = join(folder, 'flooding.qcow2');
  writeFileSync(path, aFloodingQcow2());
  const peak = (): number => process.resourceUsage().maxRSS / 1024;
  const before = peak();
  const inspections = Array.from({ length: 8 }, () =>
    inspectImage({ path, format: 'qcow2', folder }),
  );
  for (const outcome of await Promise.allSettled(inspections)) {
    expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'BAD_REQUEST' } });
  }
  expect(peak() - before).toBeLessThan(50);
});
