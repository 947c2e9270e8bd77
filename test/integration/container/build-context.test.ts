/** What a container image is built from. No Docker is needed: its rules for .dockerignore are a library. */
import { run } from '@metalcast/exec';
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildContext, copiesOf, filesOf } from './build-context.js';

const checkout = fileURLToPath(new URL('../../..', import.meta.url));
const canary = 'canary-of-the-build-context';

/** Where people, tools and Metalcast itself leave secrets, at the top and inside every folder that is let in. */
const planted = [
  'secrets/database_url',
  'secrets/keys/bmc-private.json',
  '.env',
  '.env.production',
  '.npmrc',
  'id_rsa',
  'admin.pem',
  'metalcast.env',
  'docker-compose.override.yml',
  'clouds.yaml',
  'core.1234',
  'package.json.orig',
  'tls/server.key',
  '.lab/secrets/amqp_url',
  '.git/config',
  '.cache/token',
  '.vscode/settings.json',
  'libs/.env',
  'libs/db/.env',
  'libs/db/.npmrc',
  'libs/db/src/.env',
  'libs/db/src/dev.key',
  'libs/db/src/dump.sql',
  'libs/db/src/generated/client.ts',
  'libs/rpc/secrets/amqp_url',
  'libs/rpc/src/amqp/rabbit.pem',
  'libs/rpc/dist/index.js',
  'libs/rpc/node_modules/x/.npmrc',
  'services/.env',
  'services/api/secrets/token.json',
  'services/api/config.yaml',
  'services/api/dist/main.js',
  'services/api/src/secrets.json',
  'services/power/ipmitool-home/.ipmitool_password',
  'services/power/ipmitool-home/.local/usr/share/misc/password',
  'cli/.env',
  'cli/bin/.netrc',
  'cli/src/openrc.sh',
  'lab/src/key.ts',
  'lab/.env',
  'prisma/.env',
  'prisma/migrations/.env',
  'prisma/migrations/20261122000000_init/.env',
  'prisma/dump.sql',
  'test/e2e/password.ts',
  'docs/key.pem',
  'ramdisk/keys/host_key',
  'node_modules/x/.npmrc',
];

let root: string;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'metalcast-context-'));
  const tracked = execFileSync('git', ['ls-files', '-z'], { cwd: checkout, encoding: 'utf8' });
  for (const file of tracked
    .split('\0')
    .filter((name) => existsSync(join(checkout, name)) && name !== '')) {
    cpSync(join(checkout, file), join(root, file));
  }
  for (const file of planted) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), canary);
  }
});
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

test('nothing that lies in a checkout beside the sources gets into the build', () => {
  const context = buildContext(root);
  const leaked = context.filter((file) => readFileSync(join(root, file), 'utf8').includes(canary));
  expect(leaked).toEqual([]);
  // Every one was there to be found.
  const there = planted.filter((file) => readFileSync(join(root, file), 'utf8') === canary);
  expect(there).toHaveLength(planted.length);
});

test('it is only what git knows', () => {
  const tracked = execFileSync(
    'git',
    ['ls-files', '-z', '--cached', '--others', '--exclude-standard'],
    { cwd: checkout, encoding: 'utf8' },
  );
  const known = new Set(tracked.split('\0'));
  expect(buildContext(checkout).filter((file) => !known.has(file))).toEqual([]);
});

test('all that the Dockerfile copies of the context is there, and no stage takes over a whole one', () => {
  const context = buildContext(root);
  const copies = copiesOf(readFileSync(join(root, 'Dockerfile'), 'utf8'));
  expect(copies.length).toBeGreaterThan(0);
  for (const { from, sources } of copies) {
    for (const source of sources) {
      if (from === undefined && source !== '.') {
        expect(context.some((file) => file === source || file.startsWith(`${source}/`))).toBe(true);
      }
      // The last stage names what it takes.
      if (from === 'build') expect(source).toMatch(/^\/metalcast\/[a-z]/);
    }
  }
});

describe('of the context alone', () => {
  let built: string;

  beforeAll(async () => {
    built = mkdtempSync(join(tmpdir(), 'metalcast-image-'));
    for (const file of buildContext(checkout)) cpSync(join(checkout, file), join(built, file));
    installPackages(built);
    seedLibraries(built);
    for (const [command, ...args] of buildSteps()) {
      const result = await run(command ?? '', args, { cwd: built, timeoutMs: 900_000 });
      expect(result, result.stderr).toMatchObject({ exitCode: 0 });
    }
  }, 1_200_000);
  afterAll(() => {
    rmSync(built, { recursive: true, force: true });
  });

  test('every service is built, and says what it can be told', async () => {
    const services = readdirSync(join(checkout, 'services'), { withFileTypes: true }).filter(
      (entry) => entry.isDirectory(),
    );
    expect(services.length).toBeGreaterThanOrEqual(6);
    for (const { name } of services) {
      const { exitCode, stdout } = await run('node', [`services/${name}/dist/main.js`, '--help'], {
        cwd: built,
        timeoutMs: 60_000,
      });
      expect({ name, exitCode }).toEqual({ name, exitCode: 0 });
      expect(stdout).toContain('METALCAST_MAX_MESSAGE_BYTES');
    }
  });

  test('the command is built', async () => {
    const { exitCode, stdout } = await run('node', ['cli/bin/metalcast.mjs', 'db', '--help'], {
      cwd: built,
      timeoutMs: 60_000,
    });
    expect(exitCode).toBe(0);
    expect(stdout).toContain('sync');
  });

  test('files that are read at run time are in the image', () => {
    const copied = copiesOf(readFileSync(join(checkout, 'Dockerfile'), 'utf8'))
      .filter(({ from }) => from === 'build')
      .flatMap(({ sources }) => sources.map((source) => source.replace('/metalcast/', '')));
    const inImage = (file: string) => copied.some((folder) => file.startsWith(`${folder}/`));
    const wanted = filesOf(built).filter((file) =>
      /^prisma\/migrations\/|ipmitool-home\/|^services\/[^/]+\/dist\/main\.js$|^cli\/dist\/main\.js$/.test(
        file,
      ),
    );
    expect(wanted.length).toBeGreaterThan(9);
    expect(wanted.filter((file) => !inImage(file))).toEqual([]);
  });
});

/** As `npm ci` would, of what is installed here: with the workspaces of that folder instead of ours. */
function installPackages(folder: string): void {
  const modules = join(folder, 'node_modules');
  mkdirSync(join(modules, '@metalcast'), { recursive: true });
  for (const name of readdirSync(join(checkout, 'node_modules'))) {
    if (name !== '@metalcast') {
      symlinkSync(join(checkout, 'node_modules', name), join(modules, name));
    }
  }
  for (const manifest of filesOf(folder).filter((file) =>
    /^(?:libs|services)\/[^/]+\/package\.json$|^cli\/package\.json$/.test(file),
  )) {
    const { name } = JSON.parse(readFileSync(join(folder, manifest), 'utf8')) as { name: string };
    symlinkSync(join(folder, dirname(manifest)), join(modules, name));
  }
}

/**
 * What the compiler knows of the checkout's libraries, so that it compiles only those whose sources are others in that
 * folder; it goes by the sources' content, and by which there are. The command itself is compiled anew.
 */
function seedLibraries(folder: string): void {
  for (const name of readdirSync(join(folder, 'libs'))) {
    for (const made of ['dist', 'tsconfig.tsbuildinfo']) {
      const path = join('libs', name, made);
      if (existsSync(join(checkout, path))) {
        cpSync(join(checkout, path), join(folder, path), { recursive: true });
      }
    }
  }
}

/** The commands of the stage `build`, but for the installation. */
function buildSteps(): string[][] {
  const stage =
    readFileSync(join(checkout, 'Dockerfile'), 'utf8')
      .split(/^FROM /m)
      .find((text) => text.includes(' AS build\n')) ?? '';
  const steps = [...stage.matchAll(/^RUN (.+)$/gm)].flatMap(([, line = '']) => line.split(' && '));
  return steps
    .filter((step) => !step.startsWith('npm ci') && !step.startsWith('rm '))
    .map((step) => step.split(' '));
}
