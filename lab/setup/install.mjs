// Installs Debian packages. Usage: node install.mjs PACKAGE… , as root, under the lock of apt.mjs. Without a package it
// only restores the policy that a killed run has left behind.
import { spawn } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import process from 'node:process';
import { restorePolicy, withoutServices } from './policy.mjs';

const dayMs = 24 * 60 * 60 * 1000;
const names = process.argv.slice(2);
const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', NEEDRESTART_SUSPEND: '1' };
const patience = ['-o', 'DPkg::Lock::Timeout=600'];
const keepSettings = ['-o', 'Dpkg::Options::=--force-confold', '-o', 'Dpkg::Use-Pty=0'];

/** A signal to the process group ends apt-get. This process stays alive to restore the policy. */
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => undefined);
}

function apt(...args) {
  return new Promise((resolve) => {
    const child = spawn('apt-get', [...patience, ...args], {
      env,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    child.once('error', () => resolve(false));
    child.once('close', (code) => resolve(code === 0));
  });
}

const update = () => apt('update', '-q');
const install = () =>
  apt('install', '-y', '-qq', '--no-install-recommends', ...keepSettings, ...names);

/** apt-get update changes the time of this folder; the lists themselves have the server's times. */
function listsAreOld() {
  const folder = '/var/lib/apt/lists/partial';
  return !existsSync(folder) || Date.now() - statSync(folder).mtimeMs > dayMs;
}

async function updateAndInstall() {
  const isUpdated = listsAreOld() && (await update());
  return (await install()) || (!isUpdated && (await update()) && (await install()));
}

if (names.length === 0) {
  restorePolicy();
} else {
  process.exitCode = (await withoutServices(updateAndInstall)) ? 0 : 1;
}
