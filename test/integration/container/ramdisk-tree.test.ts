import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { filesOf } from './build-context.js';

const ramdisk = new URL('../../../ramdisk/', import.meta.url);
const { addScripts } = (await import(new URL('build/root-tree.mjs', ramdisk).href)) as {
  addScripts: (root: string, from: string) => Promise<void>;
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'metalcast-ramdisk-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

test.each(['deploy', 'test-image/root'])(
  'all of ramdisk/%s gets into the ramdisk',
  async (part) => {
    const from = fileURLToPath(new URL(part, ramdisk));
    await addScripts(folder, from);
    expect(filesOf(folder)).toEqual(filesOf(from));
  },
);

test.each(['.env', 'agent/.env', 'agent/chap.key', 'agent/main.sh.orig', 'secrets'])(
  'a ramdisk is not built with %s, which anybody on the wire could fetch',
  async (planted) => {
    const from = join(folder, 'from');
    cpSync(fileURLToPath(new URL('deploy', ramdisk)), from, { recursive: true });
    writeFileSync(join(from, planted), 'canary');
    await expect(addScripts(join(folder, 'root'), from)).rejects.toThrow(planted);
  },
);
