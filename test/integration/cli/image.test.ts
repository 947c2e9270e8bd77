import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { diskFile, gptTable } from '../api/disk-files.js';
import { metalcast } from './metalcast.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'image-check-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const env = { PATH: String(process.env['PATH']) };
const check = (...args: string[]) => metalcast(['image', 'check', ...args], env);

test('a good image: what it is, for a person and for a program', async () => {
  const raw = diskFile(folder, { table: gptTable });
  const qcow2 = `${raw}.qcow2`;
  execFileSync('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', raw, qcow2]);
  const { code, stdout } = await check(qcow2);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^format +qcow2$/m);
  expect(stdout).toMatch(/^disk +4 MiB$/m);
  expect(stdout).toMatch(/^table +GPT, 126 free entries$/m);
  expect(stdout).toMatch(/^last partition +2, can grow; ends at 3 MiB$/m);
  expect(stdout).toMatch(/^starts by +BIOS, UEFI$/m);
  expect(stdout).toMatch(/It can be uploaded with --disk-format qcow2\.$/m);
  expect(JSON.parse((await check('--json', raw)).stdout)).toMatchObject({
    ...{ file: raw, format: 'raw', accepted: true, virtual_size: 4 * 1024 ** 2 },
    ...{ facts: { table: 'gpt', partitions: 2 }, notes: [] },
  });
});

test('a compressed image is refused with exit code 1, and how to unpack it', async () => {
  const path = diskFile(folder);
  execFileSync('xz', ['-k', path]);
  const { code, stdout } = await check(`${path}.xz`);
  expect(code).toBe(1);
  expect(stdout).toMatch(
    /declared as raw, but is compressed with xz: unpack it first \(xz -d FILE\)/,
  );
  expect(JSON.parse((await check('--json', `${path}.xz`)).stdout)).toMatchObject({
    accepted: false,
    refused: expect.stringMatching(/compressed with xz/) as string,
  });
});

test('an image that is accepted with doubts says them', async () => {
  const path = diskFile(folder, {
    table:
      'label: dos\nstart=2048,size=1\nstart=2049,size=1\nstart=2050,size=1\nstart=2051,size=1\n',
    bootCode: false,
  });
  const { code, stdout } = await check(path);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^note: its table has no free entry/m);
  expect(stdout).toMatch(/^note: neither boot code/m);
});

test('another format is no choice', async () => {
  const { code, stderr } = await check('--format', 'vmdk', diskFile(folder));
  expect(code).toBe(2);
  expect(stderr).toMatch(/--format must be raw or qcow2, not vmdk/);
});

test('a file that is not there', async () => {
  const { code, stderr } = await check(join(folder, 'nothing.raw'));
  expect(code).toBe(1);
  expect(stderr).toMatch(/nothing\.raw cannot be read: ENOENT/);
});
