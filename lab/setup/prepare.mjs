// Prepares this machine and checkout for the lab or the tests. Never prompts; existing installations stay unchanged.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import process from 'node:process';
import { install, notInstalled, repairPolicy } from './apt.mjs';
import { neededPackages } from './debian-packages.mjs';
import { ensureModules } from './modules.mjs';
import { aptProblem, nodeProblem, rootProblem, tunProblem } from './problems.mjs';

/** A missing prerequisite that cannot be installed here. The message names it. */
export class SetupError extends Error {}

const say = (line) => {
  process.stdout.write(`${line}\n`);
};

/**
 * @param {{ purpose: 'lab' | 'test' | 'clients', root: string, compile?: boolean }} options root of the checkout,
 *   without a slash; whether to compile too (default: yes); false for a caller that compiles itself
 * @throws {SetupError}
 */
export function prepare({ purpose, root, compile = true }) {
  prepareMachine(purpose, root);
  if (!ensureModules(root, say)) {
    throw new SetupError('npm ci failed, see above: is the npm registry reachable?');
  }
  if (compile && !existsSync(`${root}/lab/dist/main.js`)) {
    say('Compiling, which takes about a minute the first time');
  }
  const steps = [[`${root}/prisma/generate.mjs`], ...(compile ? compilation(root) : [])];
  for (const step of steps) {
    build(root, step);
  }
}

/** Node arguments that compile all workspaces and bundle the services. Without changes they do nothing. */
export const compilation = (root) => [
  [`${root}/node_modules/typescript/bin/tsc`, '-b'],
  [`${root}/services/bundle.mjs`],
];

/**
 * Only the Debian packages, for a program that needs neither modules nor a build.
 * @param {'lab' | 'test' | 'image'} purpose
 * @param {string} root of the checkout, without a slash
 * @throws {SetupError}
 */
export function prepareMachine(purpose, root) {
  const missing = notInstalled(neededPackages(purpose, root));
  const problems = [
    nodeProblem(process.versions.node),
    rootProblem(),
    purpose === 'image' ? undefined : tunProblem(),
    missing.length > 0 ? aptProblem() : undefined,
  ].filter((problem) => problem !== undefined);
  const list = missing.map(({ name, why }) => `  ${name}: ${why}`).join('\n');
  if (problems.length > 0) {
    const packages = missing.length > 0 ? `\nNot installed yet:\n${list}` : '';
    throw new SetupError(
      `Missing:\n${problems.map((problem) => `  ${problem}`).join('\n')}${packages}`,
    );
  }
  repairPolicy();
  if (missing.length > 0) {
    say(`Installing Debian packages (no service is started):\n${list}`);
    installAll(missing, purpose, root);
  }
}

function installAll(missing, purpose, root) {
  install(missing.map(({ name }) => name));
  const still = notInstalled(neededPackages(purpose, root));
  if (still.length > 0) {
    const list = still.map(({ name, why }) => `  ${name}: ${why}`).join('\n');
    throw new SetupError(
      `Missing, and apt-get could not install them (see above; is a Debian mirror reachable?):\n${list}`,
    );
  }
}

function build(root, args) {
  const { status } = spawnSync(process.execPath, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (status !== 0) {
    throw new SetupError('the build failed, see above');
  }
}
