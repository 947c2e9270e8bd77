import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { KeyFile, readKeys } from './key-file.js';
import { keyFiles, purposes, type KeyName, type Purpose } from './key-holders.js';
import { createKeyFolder, keyPath, readKeyFolder, writeKeyFolder } from './key-folder.js';
import { withNewKey, withoutFormer } from './make-keys.js';

const root = mkdtempSync(join(tmpdir(), 'keys-'));
afterAll(() => {
  rmSync(root, { recursive: true });
});
const names = Object.keys(keyFiles) as KeyName[];
let made = 0;
function folderWithKeys(): string {
  made += 1;
  const folder = join(root, String(made));
  createKeyFolder(folder);
  return folder;
}

test('every file can be used, and is readable by its owner alone unless it is a public half', () => {
  const usual = process.umask(0o077);
  const folder = folderWithKeys();
  writeKeyFolder(folder, withNewKey(readKeyFolder(folder, 'bmc'), new Date()));
  process.umask(usual);
  expect(readdirSync(folder).sort()).toEqual(names.map((name) => keyFiles[name].file).sort());
  for (const name of names) {
    const path = keyPath(folder, name);
    const count = keyFiles[name].purpose === 'bmc' ? 2 : 1;
    expect(readKeys(name, path).all, name).toHaveLength(count);
    expect(statSync(path).mode & 0o777, name).toBe(
      keyFiles[name].half === 'public' ? 0o644 : 0o600,
    );
  }
});

test('a rotation makes a public half anew that was lost', () => {
  const folder = folderWithKeys();
  const lost = keyPath(folder, 'bmcPublic');
  rmSync(lost);
  const rotated = withNewKey(readKeyFolder(folder, 'bmc'), new Date());
  writeKeyFolder(folder, rotated);
  expect(readKeys('bmcPublic', lost).all.map(({ kid }) => kid)).toEqual(
    rotated.keys.map(({ kid }) => kid),
  );
  expect(statSync(lost).mode & 0o777).toBe(0o644);
});

test('keys are not overwritten, and none is made beside one that is there', () => {
  const folder = folderWithKeys();
  const path = keyPath(folder, 'token');
  const before = readFileSync(path, 'utf8');
  rmSync(keyPath(folder, 'agent'));
  expect(() => createKeyFolder(folder)).toThrow(/is there already/);
  expect(readFileSync(path, 'utf8')).toBe(before);
  expect(readdirSync(folder)).not.toContain(keyFiles.agent.file);
});

test.each(Object.keys(purposes) as Purpose[])(
  'a rotation of %s keeps the old key, the owner and the mode, in each of its files',
  (purpose) => {
    const folder = folderWithKeys();
    const before = readKeyFolder(folder, purpose);
    const rotated = withNewKey(before, new Date());
    writeKeyFolder(folder, rotated);
    expect(readKeyFolder(folder, purpose)).toEqual(rotated);
    for (const name of names.filter((each) => keyFiles[each].purpose === purpose)) {
      const path = keyPath(folder, name);
      expect(readKeys(name, path).all.map(({ kid }) => kid)).toEqual(
        rotated.keys.map(({ kid }) => kid),
      );
      expect(statSync(path).mode & 0o777).toBe(keyFiles[name].half === 'public' ? 0o644 : 0o600);
    }
    expect(withoutFormer(rotated, new Date(Date.now() + 2000)).keys).toEqual([rotated.keys[0]]);
    // The new one is not in use yet.
    expect(withoutFormer(rotated, new Date(0))).toEqual(rotated);
  },
);

test('no file passes for another, and a reason shows no key', () => {
  const folder = folderWithKeys();
  for (const name of names) {
    for (const other of names.filter((each) => each !== name)) {
      expect(() => readKeys(name, keyPath(folder, other)), `${other} as ${name}`).toThrow(
        /must hold keys for|holds private keys|holds no private key/,
      );
    }
  }
});

test.each([
  ['{', /must be a JWK set/],
  ['{"purpose":"token","keys":[]}', /must be a JWK set/],
  ['{"purpose":"token","keys":[{"kid":"a","kty":"oct","k":"canary"}]}', /bad key: 0\.k/],
  [
    JSON.stringify({
      purpose: 'token',
      keys: ['a', 'a'].map((kid) => ({ kid, kty: 'oct', k: 'canary'.padEnd(43, 'A') })),
    }),
    /names two keys alike/,
  ],
])('a damaged file is refused without being shown (%#)', (text, reason) => {
  const path = join(root, 'damaged.json');
  writeFileSync(path, text);
  expect(() => readKeys('token', path)).toThrow(reason);
  expect(() => readKeys('token', path)).not.toThrow(/canary/);
  expect(() => readKeys('token', join(root, 'missing.json'))).toThrow(/cannot read the keys/);
});

test('a process has the new keys soon after the file has changed, and keeps the old over a damaged one', async () => {
  const folder = folderWithKeys();
  const file = new KeyFile('agent', keyPath(folder, 'agent'));
  const told = { changed: [] as (readonly string[])[], refused: 0 };
  let heard = (): void => undefined;
  const next = (): Promise<void> =>
    new Promise((resolve) => {
      heard = resolve;
    });
  const events = {
    changed: (_: string, kids: readonly string[]) => {
      told.changed.push(kids);
      heard();
    },
    refused: () => {
      told.refused += 1;
      heard();
    },
  };
  const rotated = withNewKey(readKeyFolder(folder, 'agent'), new Date());
  const changed = next();
  // Before the watch begins: a change since the reading counts.
  writeKeyFolder(folder, rotated);
  file.watch(events, 20);
  try {
    await changed;
    const kids = rotated.keys.map(({ kid }) => kid);
    expect(told).toEqual({ changed: [kids], refused: 0 });
    const refused = next();
    writeFileSync(keyPath(folder, 'agent'), '{');
    await refused;
    expect(told.refused).toBe(1);
    expect(file.keys.all.map(({ kid }) => kid)).toEqual(kids);
  } finally {
    file.close();
  }
});

test('a file that cannot be read is reported once, and read when it can be again', () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const folder = folderWithKeys();
  const path = keyPath(folder, 'agent');
  const file = new KeyFile('agent', path);
  const told: string[] = [];
  const text = readFileSync(path, 'utf8');
  file.watch({ changed: () => told.push('changed'), refused: () => told.push('refused') }, 10);
  try {
    unlinkSync(path);
    mkdirSync(path);
    vi.advanceTimersByTime(100);
    expect(told).toEqual(['refused']);
    rmdirSync(path);
    writeFileSync(path, text);
    vi.advanceTimersByTime(100);
    expect(told).toEqual(['refused', 'changed']);
  } finally {
    file.close();
    vi.useRealTimers();
  }
});
