import { mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NodeBoot } from '@metalcast/db';
import { Fault } from '@metalcast/domain';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DeployImages } from './deploy-images.js';

const hashes: Record<string, string> = { kernel: 'a'.repeat(64), ramdisk: 'b'.repeat(64) };
const node: Pick<NodeBoot, 'node' | 'flavor'> = { node: 'node1', flavor: null };

let directory: string;
let away: boolean;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'metalcast-deploy-images-'));
  away = false;
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

function deployImages(): DeployImages {
  return new DeployImages({
    directory,
    defaults: { kernel: 'kernel', ramdisk: 'ramdisk' },
    images: {
      async fetchTo(id: string, folder: string) {
        if (away) {
          throw new Fault('UNAVAILABLE', { reason: 'away' });
        }
        const file = join(folder, hashes[id] ?? '');
        await writeFile(file, id);
        return file;
      },
    } as never,
  });
}

test('many nodes are prepared at once', async () => {
  const images = deployImages();
  const all = Array.from({ length: 50 }, () => images.prepare(node));
  expect(new Set((await Promise.all(all)).map(({ kernel }) => kernel))).toEqual(
    new Set([hashes['kernel']]),
  );
  expect(readdirSync(join(directory, 'by-id'))).toEqual(['kernel', 'ramdisk']);
});

test('what an id meant last is known while the image API is away', async () => {
  const images = deployImages();
  await images.prepare(node);
  hashes['kernel'] = 'c'.repeat(64);
  await images.prepare(node);
  away = true;
  expect(await images.prepare(node)).toEqual({
    kernel: hashes['kernel'],
    ramdisk: hashes['ramdisk'],
  });
  expect(readlinkSync(join(directory, 'by-id', 'kernel'))).toBe(`../${hashes['kernel']}`);
});
