import { mkdtempSync, readdirSync, readlinkSync, rmSync, statSync, utimesSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NodeBoot } from '@metalcast/db/boot';
import { Fault } from '@metalcast/domain';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { DeployImages } from './deploy-images.js';

const hashes: Record<string, string> = { kernel: 'a'.repeat(64), ramdisk: 'b'.repeat(64) };
const node: Pick<NodeBoot, 'node' | 'flavor'> = { node: 'node1', flavor: null };

let directory: string;
let away: boolean;
let warnings: object[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'metalcast-deploy-images-'));
  away = false;
  warnings = [];
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

function deployImages(maxBytes = 1024): DeployImages {
  return new DeployImages({
    ...{
      directory,
      maxBytes,
      logger: { warn: (fields: object) => warnings.push(fields) } as never,
    },
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

test('the last meaning of an id stays known while the image API does not answer', async () => {
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

test('above the bound images unused for an hour are removed, with their links; images in use stay, which is reported once', async () => {
  const images = deployImages(12);
  const deploy = async (kernel: string, hash: string): Promise<void> => {
    hashes[kernel] = hash.repeat(64);
    const extra_specs = { 'baremetal:deploy_kernel_id': kernel };
    await images.prepare({ ...node, flavor: { extra_specs } });
  };
  const here = (): string[] => readdirSync(join(directory, 'by-id')).sort();
  await deploy('one', '1');
  expect(warnings).toEqual([]);
  await deploy('two', '2');
  await deploy('three', '3');
  expect(here()).toEqual(['one', 'ramdisk', 'three', 'two']);
  expect(warnings).toHaveLength(1);

  const longAgo = new Date(Date.now() - 3_700_000);
  utimesSync(join(directory, '1'.repeat(64)), longAgo, longAgo);
  await deploy('four', '4');
  expect(here()).toEqual(['four', 'ramdisk', 'three', 'two']);
  expect(readdirSync(directory)).not.toContain('1'.repeat(64));

  await deploy('one', '1');
  expect(readlinkSync(join(directory, 'by-id', 'one'))).toBe(`../${'1'.repeat(64)}`);
  expect(warnings).toHaveLength(1);
});

test('an image that is used again is used, however old its file', async () => {
  const images = deployImages(1);
  await images.prepare(node);
  const longAgo = new Date(Date.now() - 3_700_000);
  const kernel = join(directory, hashes['kernel'] ?? '');
  utimesSync(kernel, longAgo, longAgo);
  await deployImages(1).filesOf(node);
  expect(statSync(kernel).mtime.getTime()).toBeGreaterThan(longAgo.getTime() + 1_000_000);
});

test('a lowered bound is enforced at the start, links included; images in use are removed later', async () => {
  await deployImages().prepare(node);
  const kernel = join(directory, hashes['kernel'] ?? '');
  const longAgo = new Date(Date.now() - 3_700_000);
  utimesSync(kernel, longAgo, longAgo);
  const images = deployImages(1);
  await images.shrink();
  expect(readdirSync(join(directory, 'by-id'))).toEqual(['ramdisk']);
  expect(readdirSync(directory)).not.toContain(hashes['kernel']);
  expect(warnings).toHaveLength(1);

  await images.prepare(node);
  utimesSync(kernel, longAgo, longAgo);
  const clock = vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 61_000);
  const extra_specs = { 'baremetal:deploy_kernel_id': 'ramdisk' };
  await images.prepare({ ...node, flavor: { extra_specs } });
  clock.mockRestore();
  expect(readdirSync(join(directory, 'by-id'))).toEqual(['ramdisk']);
});
