// Runs npm ci when node_modules differs from package-lock.json.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import process from 'node:process';

/**
 * Compares the lock file with the one that npm writes to node_modules at its end.
 * @param {{ packages: Record<string, LockEntry> }} lock
 * @param {{ packages: Record<string, LockEntry> } | undefined} installed
 * @typedef {{ version?: string, link?: boolean, optional?: boolean, resolved?: string }} LockEntry
 */
export function modulesMatch(lock, installed) {
  if (installed === undefined) {
    return false;
  }
  return Object.entries(lock.packages)
    .filter(([path]) => path.includes('node_modules/'))
    .every(([path, wanted]) => {
      const found = installed.packages[path];
      return found === undefined
        ? wanted.optional === true
        : found.version === wanted.version && found.link === wanted.link;
    });
}

/** @param {string} root of the checkout @returns {boolean} whether node_modules is correct afterwards */
export function ensureModules(root, say) {
  const lock = readJson(`${root}/package-lock.json`);
  if (modulesMatch(lock, readJson(`${root}/node_modules/.package-lock.json`))) {
    return true;
  }
  say('npm ci: node_modules is missing or not what package-lock.json says');
  const npm = process.env.npm_execpath;
  const [command, ...before] = npm === undefined ? ['npm'] : [process.execPath, npm];
  const { status } = spawnSync(command, [...before, 'ci', '--no-progress'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return status === 0;
}

function readJson(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}
