import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inspectImage } from './inspect-image.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'inspect-image-'));
  writeFileSync(join(folder, 'empty'), '');
  const raw = join(folder, 'raw');
  writeFileSync(raw, '');
  truncateSync(raw, 3 * 1024 * 1024);
  qemuImg('create', '-f', 'qcow2', join(folder, 'plain'), '5M');
  qemuImg('create', '-f', 'qcow2', '-b', raw, '-F', 'raw', join(folder, 'backed'));
  const data = `data_file=${join(folder, 'data')},data_file_raw=on`;
  qemuImg('create', '-f', 'qcow2', '-o', data, join(folder, 'external'), '5M');
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function qemuImg(...args: string[]): void {
  execFileSync('qemu-img', args, { stdio: 'ignore' });
}

const inspect = (name: string, diskFormat: string | null) =>
  inspectImage(join(folder, name), { id: 'i', diskFormat });

test('raw and qcow2, with the size of their disk', async () => {
  expect(await inspect('raw', 'raw')).toMatchObject({ virtualSize: 3 * 1024 * 1024 });
  expect(await inspect('plain', 'qcow2')).toMatchObject({
    format: 'qcow2',
    virtualSize: 5 * 1024 * 1024,
  });
});

test.each([
  ['backed', 'qcow2', /refers to another file/],
  ['external', 'qcow2', /refers to another file/],
  // A qcow2 file that was stored as raw is plain bytes; a reference to another file is refused all the same.
  ['backed', 'raw', /refers to another file/],
  ['raw', 'qcow2', /no readable qcow2 image/],
  ['empty', 'raw', /it holds no disk/],
  ['plain', 'vmdk', /format vmdk/],
  ['plain', null, /format unknown/],
])('%s as %s is refused', async (name, format, message) => {
  await expect(inspect(name, format)).rejects.toThrow(
    expect.objectContaining({
      code: 'IMAGE_UNSUITABLE',
      message: expect.stringMatching(message) as string,
    }) as Error,
  );
});
