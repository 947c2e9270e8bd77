// npm test: prepares the machine, then runs the checks and every test. Plain Node, because nothing is installed yet.
// The last line is "N passed, N failed" over everything. Any failure, and anything left behind, gives a bad exit code.
// node test/run.mjs [--soak]
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { notInstalled } from '../lab/setup/apt.mjs';
import { neededPackages } from '../lab/setup/debian-packages.mjs';
import { compilation, prepare } from '../lab/setup/prepare.mjs';

const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');
const runVariable = 'METALCAST_TEST_RUN';
const runId = randomUUID();
const reports = mkdtempSync(join(tmpdir(), 'metalcast-test-'));
const total = { passed: 0, failed: 0, skipped: 0 };
let interrupted;

const say = (line) => {
  process.stdout.write(`${line}\n`);
};

/**
 * Every process of the run inherits the run's id, so that leftover processes can be found. `said` collects the output
 * of a step that runs beside another one.
 */
function execute(command, args, said) {
  return new Promise((resolve) => {
    const output = said === undefined ? 'inherit' : 'pipe';
    const child = spawn(command, args, {
      cwd: root,
      stdio: ['ignore', output, output],
      env: { ...process.env, [runVariable]: runId },
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk) => said.push(chunk));
    }
    const forward = (signal) => {
      interrupted = signal;
      child.kill(signal);
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
      process.on(signal, forward);
    }
    child.once('error', () => resolve(1));
    child.once('close', (code) => {
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
        process.off(signal, forward);
      }
      resolve(code ?? 1);
    });
  });
}

function check(name) {
  const npm = process.env.npm_execpath;
  const [command, ...before] = npm === undefined ? ['npm'] : [process.execPath, npm];
  return told(name, command, [...before, 'run', '--silent', name]);
}

/** Runs a step beside others and prints its whole output at the end. True when it passed. */
async function told(name, command, args) {
  const said = [];
  const code = await execute(command, args, said);
  total[code === 0 ? 'passed' : 'failed'] += 1;
  say(`\n== ${name}\n${Buffer.concat(said)}`);
  return code === 0;
}

/**
 * Runs the build, the unit tests and every check of package.json, two at a time, because each keeps one CPU busy. The
 * longest start first; the linter needs compiled code, and the check of the docs needs the build. False: further tests
 * make no sense.
 */
async function buildAndCheck() {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const names = Object.keys(scripts).filter((name) => /^check:(?!lint$|docs$)/.test(name));
  const [compile, bundle] = compilation(root);
  let compiling;
  let built = false;
  const left = [
    async () => {
      compiling = told('compile', process.execPath, compile);
      built = (await compiling) && (await told('bundle', process.execPath, bundle));
    },
    () => vitest('unit'),
    async () => {
      // One of our lint rules reads the state tables from compiled code.
      await compiling;
      await check('check:lint');
    },
    ...names.map((name) => () => check(name)),
  ];
  const takeTurns = async () => {
    for (let next = left.shift(); next !== undefined && !interrupted; next = left.shift()) {
      await next();
    }
  };
  await Promise.all([takeTurns(), takeTurns()]);
  if (built) {
    await check('check:docs');
  }
  return built;
}

async function vitest(project, ...options) {
  say(`\n== ${project}`);
  const report = join(reports, `${project}.json`);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const args = ['run', '--project', project, ...reporters, ...options];
  const code = await execute(process.execPath, [`${root}/node_modules/vitest/vitest.mjs`, ...args]);
  const counted = count(report);
  total.passed += counted.passed;
  total.skipped += counted.skipped;
  total.failed += counted.failed === 0 && code !== 0 ? 1 : counted.failed;
}

/** OpenStack's suites of tests, where their packages are installed; all of them are one test here. */
async function clientSuites() {
  if (notInstalled(neededPackages('clients', root)).length > 0) {
    say('\nLeft out: npm run test:clients, because not all of its packages are installed');
    return;
  }
  const code = await execute(process.execPath, [join(root, 'test/clients/run.mjs')]);
  total[code === 0 ? 'passed' : 'failed'] += 1;
}

/** A file that could not be loaded has no failed test; it counts as one failure. */
function count(report) {
  if (!existsSync(report)) {
    return { passed: 0, failed: 0, skipped: 0 };
  }
  const result = JSON.parse(readFileSync(report, 'utf8'));
  const broken = result.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && assertionResults.every((test) => test.status !== 'failed'),
  );
  return {
    passed: result.numPassedTests,
    failed: result.numFailedTests + broken.length,
    skipped: result.numPendingTests + result.numTodoTests,
  };
}

/** Other processes with the run's id. A zombie has no environment any more. */
function leftovers() {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => read(`/proc/${pid}/environ`).includes(`${runVariable}=${runId}`))
    .map((pid) => `${pid} ${read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').slice(0, 120)}`);
}

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

async function runAll() {
  if (process.argv.includes('--soak')) {
    prepare({ purpose: 'test', root });
    await vitest('soak', '--passWithNoTests');
    await clientSuites();
    return;
  }
  prepare({ purpose: 'test', root, compile: false });
  // These tests wait more than they work; each has its own namespace, vhost and database.
  const integration = () => vitest('integration', '--maxWorkers=4');
  const e2e = () => vitest('e2e', '--maxWorkers=2');
  const built = await buildAndCheck();
  for (const step of built ? [integration, e2e] : []) {
    if (interrupted === undefined) {
      await step();
    }
  }
}

function tell() {
  const left = leftovers();
  if (left.length > 0) {
    say(`\nLeft running by the tests:\n${left.map((line) => `  ${line}`).join('\n')}`);
    total.failed += 1;
  }
  if (total.skipped > 0) {
    say(`\n${total.skipped} skipped`);
  }
  if (interrupted !== undefined) {
    say(`\nInterrupted by ${interrupted}`);
  }
  say(`\n${total.passed} passed, ${total.failed} failed`);
  process.exitCode = total.failed > 0 || interrupted !== undefined ? 1 : 0;
}

try {
  await runAll();
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  total.failed += 1;
} finally {
  tell();
  rmSync(reports, { recursive: true, force: true });
}
