import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { missingPackages } from './debian-packages.mjs';
import { isPolicyOurs } from './policy.mjs';

const lock = '/run/lock/metalcast-apt.lock';
const lockTimeoutSeconds = 1800;
const installer = fileURLToPath(new URL('install.mjs', import.meta.url));

/**
 * @param {import('./debian-packages.mjs').Package[]} needed
 * @returns {import('./debian-packages.mjs').Package[]} all of them where there is no dpkg
 */
export function notInstalled(needed) {
  const format = '--showformat=${Package} ${db:Status-Status}\\n';
  const names = needed.map(({ name }) => name);
  const { stdout } = spawnSync('dpkg-query', ['--show', format, ...names], { encoding: 'utf8' });
  return missingPackages(needed, stdout ?? '');
}

/** @param {string[]} names @returns {boolean} whether they are installed now */
export function install(names) {
  return runInstaller(names);
}

/** Restores the policy that a killed installation has left behind. */
export function repairPolicy() {
  if (isPolicyOurs()) {
    runInstaller([]);
  }
}

/** One installation at a time on this machine. The kernel releases the lock when its holder is killed. */
function runInstaller(names) {
  const command = [process.execPath, installer, ...names];
  const { status } = spawnSync('flock', ['--timeout', `${lockTimeoutSeconds}`, lock, ...command], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return status === 0;
}
