// The folder that an operator keeps all keys in, and copies files out of.
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  fchmodSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '@metalcast/config';
import { parseJwkFile, publicHalf, textOf, type JwkFile } from './jwk-file.js';
import { filesOf, keyFiles, purposes, type KeyName, type Purpose } from './key-holders.js';
import { newKeys } from './make-keys.js';

const ownerAlone = 0o600;

const isPublic = (name: KeyName): boolean => keyFiles[name].half === 'public';

/** Open to its owner alone, but for a public half. */
const modeOf = (name: KeyName): number => (isPublic(name) ? 0o644 : ownerAlone);

export const keyPath = (folder: string, name: KeyName): string => join(folder, keyFiles[name].file);

/** Makes a key of each purpose. Throws a ConfigError, and makes nothing, when a file is there already. Their paths. */
export function createKeyFolder(folder: string): string[] {
  const names = Object.keys(keyFiles) as KeyName[];
  const there = names.map((name) => keyPath(folder, name)).find((path) => existsSync(path));
  if (there !== undefined) {
    throw new ConfigError(`${there} is there already: keys are not overwritten`);
  }
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const purpose of Object.keys(purposes) as Purpose[]) {
    for (const [name, keys] of halves(newKeys(purpose))) {
      const path = keyPath(folder, name);
      writeFileSync(path, textOf(keys), { mode: ownerAlone, flag: 'wx' });
      // Whatever the process's umask is.
      chmodSync(path, modeOf(name));
    }
  }
  return names.map((name) => keyPath(folder, name));
}

/** All keys of the purpose, their private half included. Throws a ConfigError. */
export function readKeyFolder(folder: string, purpose: Purpose): JwkFile {
  const name = keptName(purpose);
  const source = keyPath(folder, name);
  let text: string;
  try {
    text = readFileSync(source, 'utf8');
  } catch (error) {
    throw new ConfigError(`cannot read the keys in ${source}: ${(error as Error).message}`);
  }
  return parseJwkFile(text, { purpose, half: keyFiles[name].half, source });
}

/**
 * Replaces the keys of a purpose: the private half first, so that what is sealed to a public one can always be opened.
 */
export function writeKeyFolder(folder: string, keys: JwkFile): void {
  for (const [name, half] of halves(keys)) {
    replaceFile(keyPath(folder, name), textOf(half), modeOf(name));
  }
}

/**
 * Whole or not at all; owner and mode stay, for a service may run as a user of its own. One that was lost is made anew.
 */
function replaceFile(path: string, text: string, usualMode: number): void {
  const former = statSync(path, { throwIfNoEntry: false });
  const made = `${path}.new`;
  rmSync(made, { force: true });
  const file = openSync(made, 'wx', ownerAlone);
  try {
    writeFileSync(file, text);
    fchmodSync(file, former === undefined ? usualMode : former.mode & 0o777);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  if (former !== undefined) {
    chownSync(made, former.uid, former.gid);
  }
  renameSync(made, path);
}

const halves = (keys: JwkFile): [KeyName, JwkFile][] =>
  filesOf(keys.purpose)
    .map((name): [KeyName, JwkFile] => [name, isPublic(name) ? publicHalf(keys) : keys])
    .sort(([one], [other]) => Number(isPublic(one)) - Number(isPublic(other)));

/** The file that has everything. */
function keptName(purpose: Purpose): KeyName {
  const name = filesOf(purpose).find((each) => !isPublic(each));
  if (name === undefined) {
    throw new Error(`no file holds the keys of ${purpose}`);
  }
  return name;
}
