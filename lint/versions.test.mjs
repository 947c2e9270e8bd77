// One version for all packages: what is not the same everywhere was not set by `npm run version:set`.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { manifests, setVersion, versionsIn } from '../release/versions.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (file) => readFileSync(join(root, file), 'utf8');
const { version } = JSON.parse(read('package.json'));

test('every package has the version, and needs the others in it', () => {
  const files = manifests(root);
  expect(files.length).toBeGreaterThan(20);
  const found = files.map((file) => [file, versionsIn(JSON.parse(read(file)))]);
  expect(found).toEqual(files.map((file) => [file, [version]]));
});

test('so has the lock file', () => {
  expect(versionsIn(JSON.parse(read('package-lock.json')))).toEqual([version]);
});

test('the newest section of the changelog is that of the version', () => {
  const [, newest] = /^## \[(\d+\.\d+\.\d+)\]/m.exec(read('CHANGELOG.md')) ?? [];
  expect(newest).toBe(version);
});

test('one command sets all of them and nothing else', () => {
  const folder = mkdtempSync(join(tmpdir(), 'metalcast-version-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const manifest = (number) => ({
    name: 'metalcast',
    version: number,
    workspaces: [],
    dependencies: { '@metalcast/db': number, zod: '0.0.0' },
  });
  const lock = (number) => ({
    name: 'metalcast',
    version: number,
    packages: {
      '': manifest(number),
      'libs/db': { name: '@metalcast/db', version: number },
      'node_modules/zod': { version: '0.0.0' },
    },
  });
  const files = { 'package.json': manifest, 'package-lock.json': lock };
  for (const [file, content] of Object.entries(files)) {
    writeFileSync(join(folder, file), `${JSON.stringify(content('0.0.0'), null, 2)}\n`);
  }
  setVersion(folder, '1.2.3');
  for (const [file, content] of Object.entries(files)) {
    expect(JSON.parse(readFileSync(join(folder, file), 'utf8'))).toEqual(content('1.2.3'));
  }
});

test.each(['1.2', 'v1.2.3', '1.2.3-rc1', ''])('%j is no version', (wrong) => {
  expect(() => setVersion(root, wrong)).toThrow('is no version');
});
