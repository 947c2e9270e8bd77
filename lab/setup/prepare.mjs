// Makes this machine and checkout ready to run the lab or the tests. Asks nothing; what is there is left as it is.
import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { install, notInstalled, repairPolicy } from './apt.mjs';
import { neededPackages } from './debian-packages.mjs';
import { ensureModules } from './modules.mjs';
import { aptProblem, nodeProblem, rootProblem, tunProblem } from './problems.mjs';

/** Something is missing that cannot be put right here; the message names it. */
export class SetupError extends Error {}

const say = (line) => {
  process.stdout.write(`${line}\n`);
};

/**
 * @param {{ purpose: 'lab' | 'test', root: string }} options root of the checkout, without a slash
 * @throws {SetupError}
 */
export function prepare({ purpose, root }) {
  prepareMachine(purpose, root);
  if (!ensureModules(root, say)) {
    throw new SetupError('npm ci failed, see above: is the npm registry reachable?');
  }
  build(root);
}

function prepareMachine(purpose, root) {
  const missing = notInstalled(neededPackages(purpose, root));
  const problems = [
    nodeProblem(process.versions.node),
    rootProblem(),
    tunProblem(),
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

/** Both do nothing when nothing has changed. */
function build(root) {
  const steps = [
    [process.execPath, `${root}/prisma/generate.mjs`],
    [process.execPath, `${root}/node_modules/typescript/bin/tsc`, '-b'],
  ];
  for (const [command, ...args] of steps) {
    const { status } = spawnSync(command, args, {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    if (status !== 0) {
      throw new SetupError('the build failed, see above');
    }
  }
}
